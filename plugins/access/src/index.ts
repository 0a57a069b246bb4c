import { Database, EventLog, HostInfo, PermissionsChanged } from '@waqtor/contracts'
import { definePlugin, WaqtorError } from '@waqtor/kernel'
import { type Access, openAccess } from './access.ts'
import { Config } from './config.ts'
import * as contract from './contract.ts'
import { Expiry } from './expiry.ts'
import { featureGate } from './feature-gate.ts'
import { FeatureTable } from './feature-table.ts'
import { notices } from './notices.ts'
import { Opened } from './opened.ts'
import { migrations } from './schema.ts'

export * from './contract.ts'

/**
 * Features that take a code or a subscription: a step-up for people who are signed in, on every door.
 * @example plugins: [sqlite(), events(), auth(), access({ gated: ['campaigns'] }), http(), rest()]
 */
export default definePlugin({
  name: 'access',
  kernel: '^1',
  config: Config,
  requires: { database: Database, events: EventLog, host: HostInfo },
  events: [contract.AccessRequested, contract.AccessUnlocked, contract.AccessBlocked, PermissionsChanged],
  contributes: notices,
  cli: [{ name: 'access', summary: 'Access codes, and who is kept out', load: () => import('./cli.ts') }],
  async setup(ctx) {
    const { database, events, host } = ctx.services
    await database.migrate('access', 'host', migrations)

    const now = () => Date.now()
    const table = new FeatureTable(ctx.config)
    const opened = new Opened()
    const tell = (userId: string | null) => ctx.emit(PermissionsChanged, { principalId: userId })
    const expiry = new Expiry(opened, tell, now)
    ctx.onClose(() => expiry.close())
    const changed = (userId: string) => {
      tell(userId)
      expiry.schedule()
    }

    let access: Access | undefined
    const ready = (): Access => {
      if (access) return access
      throw new WaqtorError('WAQ_RELOADING', 'the access codes are not open yet', { retryAfter: 1 })
    }
    const codeLength = (feature: string) => access?.codes.lengthFor(feature) ?? ctx.config.codeLength
    ctx.tap(ctx.kernel.hooks.authorize, featureGate({ table, opened, codeLength, now }))
    ctx.tap(ctx.kernel.hooks.boot, async () => {
      const { dataDirectory } = host
      const { config, log } = ctx
      access = await openAccess({ database, events, dataDirectory, log, config, table, opened, changed, now })
      expiry.schedule()
    })
    // Another config may gate other features: whoever is connected already is asked anew.
    ctx.tap(ctx.kernel.hooks.ready, () => tell(null))

    ctx.handle(contract.listFeatures, (_, call) => ready().verification.state(call))
    ctx.handle(contract.verifyCode, (input, call) => ready().verification.verify(input, call))
    ctx.handle(contract.requestAccess, (input, { principal }) => ready().request(principal!.id, input))
    ctx.handle(contract.createCode, async (input, { principal }) => {
      const made = await ready().codes.create(principal!.id, input)
      ctx.log.info('made an access code', { id: made.id, features: made.features, by: principal!.id })
      return made
    })
    ctx.handle(contract.listCodes, ({ cursor = '', limit }) => ready().codes.list(cursor, limit))
    ctx.handle(contract.revokeCode, ({ codeId }) => ready().codes.revoke(codeId))
    ctx.handle(contract.listUnlocks, ({ userId, cursor = '', limit }) => ready().openings.list(userId, cursor, limit))
    ctx.handle(contract.unlock, async ({ userId, address }) => ({ cleared: await ready().clear(userId, address) }))
    ctx.handle(contract.getSubscription, (_, { principal }) => ready().subscriptions.get(principal!.id))
    ctx.handle(contract.setSubscription, (input, { principal }) => ready().subscriptions.set(principal!.id, input))
    ctx.handle(contract.listSubscriptions, ({ cursor = '', limit }) => ready().subscriptions.list(cursor, limit))
  },
})
