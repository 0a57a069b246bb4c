import { Database, Files, Instances, Messaging, Templates as TemplatesService } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import * as contract from './contract.ts'
import { preview } from './preview.ts'
import { migrations } from './schema.ts'
import { Templates } from './templates.ts'
import { inUsualWriting } from './texts.ts'

export * from './contract.ts'

/**
 * Reusable messages: text with variables, a variant for each language, and media where a plugin provides `files`.
 * @example plugins: [sqlite(), events(), instances(), templates()]
 */
export default definePlugin({
  name: 'templates',
  kernel: '^1',
  config: z.strictObject({}),
  requires: { database: Database, instances: Instances },
  optional: { files: Files, messaging: Messaging },
  provides: [TemplatesService],
  cli: [{ name: 'templates', summary: 'Store, show and try reusable messages', load: () => import('./cli.ts') }],
  async setup(ctx) {
    const { database, instances, files, messaging } = ctx.services
    await database.migrate('templates', 'instance', migrations)

    const templates = new Templates({ database, instances, files, messaging, log: ctx.log })
    ctx.provide(TemplatesService, templates)

    ctx.handle(contract.createTemplate, (input, call) => templates.create(input, call))
    ctx.handle(contract.listTemplates, (input) => templates.list(input))
    ctx.handle(contract.getTemplate, (input) => templates.show(input))
    ctx.handle(contract.updateTemplate, (input, call) => templates.update(input, call))
    ctx.handle(contract.deleteTemplate, async (input) => {
      await templates.remove(input)
      return {}
    })
    ctx.handle(contract.previewTemplate, async ({ instance, templateId, language, variables }) =>
      preview(await templates.get(instance, templateId), language ?? null, variables),
    )
    ctx.handle(contract.previewText, ({ text, textLanguage, variants, language, variables }) =>
      preview(inUsualWriting({ text, language: textLanguage, variants }), language ?? null, variables),
    )
  },
})
