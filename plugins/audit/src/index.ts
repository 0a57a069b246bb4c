import { Database, Files } from '@waqtor/contracts'
import { CommandCompleted, CommandFailed, type Denial, definePlugin, WaqtorError, z } from '@waqtor/kernel'
import { type Audit, openAudit } from './audit.ts'
import { auditHead, exportAudit, listAudit, verifyAudit } from './contract.ts'
import type { Finished, RecorderOptions } from './recorder.ts'
import { migrations } from './schema.ts'
import { adminAreas, Sensitive } from './sensitive.ts'

export * from './contract.ts'

/** After every other tap: what they refuse is no attempt. */
const LAST = 1_000_000
/** Before every other tap: what plugins do as they start is written, too. */
const FIRST = -1_000_000

const opening: Denial = { status: 503, code: 'reloading', reason: 'the audit log is being opened', retryAfter: 1 }

/**
 * An append-only record of sensitive actions, each row chained to the one before it by its hash.
 * @example plugins: [sqlite(), auth(), audit(), http(), rest()]
 */
export default definePlugin({
  name: 'audit',
  kernel: '^1',
  config: z.strictObject({
    areas: z
      .array(z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be an area: the part of a permission before its colon'))
      .default([...adminAreas])
      .describe('Areas of permissions in which every change is written; what destroys something is written anyway'),
  }),
  requires: { database: Database },
  optional: { files: Files },
  cli: [
    { name: 'audit', summary: 'Who did what; and whether anybody changed the record', load: () => import('./cli.ts') },
  ],
  async setup(ctx) {
    const { database, files } = ctx.services
    const { kernel } = ctx
    await database.migrate('audit', 'host', migrations)

    const listen: RecorderOptions['listen'] = (completed) =>
      kernel.events.onAny(({ id }, { data }) => {
        if (id === CommandCompleted.id) completed(data as Finished)
      })
    const sensitive = new Sensitive(ctx.config.areas)
    let audit: Audit | undefined
    const ready = (): Audit => {
      if (audit) return audit
      throw new WaqtorError('WAQ_RELOADING', 'the audit log is not open yet', { retryAfter: 1 })
    }
    ctx.onClose(() => audit?.close())
    ctx.tap(
      kernel.hooks.boot,
      async () => {
        audit = await openAudit({ file: await database.open('host'), sensitive, logger: ctx.log, listen })
      },
      { stage: FIRST },
    )
    ctx.tap(
      kernel.hooks.authorize,
      (subject, call, instance, input) => {
        if (input === undefined || !sensitive.has(subject)) return undefined
        return audit ? audit.recorder.attempt(subject, call, instance, input) : opening
      },
      { stage: LAST },
    )
    ctx.on(CommandFailed, (finished) => audit?.recorder.failed(finished, kernel.commands.get(finished.command)))

    ctx.handle(listAudit, (input) => ready().reading.list(input))
    ctx.handle(auditHead, () => ready().reading.head())
    ctx.handle(verifyAudit, (input, call) => ready().reading.verify(input, call))
    if (files) ctx.handle(exportAudit, (input, call) => ready().reading.export(files, input, call))
  },
})
