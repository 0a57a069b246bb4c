import { Contacts, Database, EventLog, Files, Instances, Messaging, Outbox, Templates } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { createCampaigns } from './campaigns.ts'
import * as contract from './contract.ts'
import { campaignMetrics } from './metrics.ts'
import { campaignNotices } from './notices.ts'
import { migrations } from './schema.ts'
import { warningsOf } from './warnings.ts'

export * from './contract.ts'

/** Bulk sending, on the outbox of the messages plugin. */
export default definePlugin({
  name: 'campaigns',
  kernel: '^1',
  config: z.strictObject({
    lateAfterMs: z
      .int()
      .positive()
      .default(3_600_000)
      .describe('So long after its time a scheduled campaign is late, and does what its `late` says'),
  }),
  requires: { database: Database, events: EventLog, instances: Instances, messaging: Messaging, outbox: Outbox },
  optional: { contacts: Contacts, files: Files, templates: Templates },
  events: [
    contract.CampaignProgress,
    contract.CampaignStarted,
    contract.CampaignCompleted,
    contract.CampaignPaused,
    contract.CampaignResumed,
    contract.CampaignCancelled,
    contract.CampaignFailed,
  ],
  contributes: [contract.CampaignsChannel, ...campaignNotices, campaignMetrics],
  cli: [{ name: 'campaign', summary: 'Create, run and follow campaigns', load: () => import('./cli/index.ts') }],
  async setup(ctx) {
    const { contacts, files, templates, ...services } = ctx.services
    await services.database.migrate('campaigns', 'instance', migrations)
    const campaigns = createCampaigns({ ...services, contacts, files, templates, log: ctx.log }, ctx.config, {
      progress: (instance, data) => ctx.emit(contract.CampaignProgress, data, instance),
    })
    for (const undo of campaigns.join()) ctx.onClose(undo)

    const { drafts, runs, reading, previews } = campaigns
    ctx.handle(contract.createCampaign, (input, call) => drafts.create(input, call))
    ctx.handle(contract.addRecipients, (input, call) => drafts.addRecipients(input, call))
    ctx.handle(contract.listCampaigns, (input) => reading.list(input))
    ctx.handle(contract.summarizeCampaigns, (input) => reading.summary(input))
    ctx.handle(contract.getCampaign, (input) => reading.get(input))
    ctx.handle(contract.updateCampaign, async (input, call) => {
      const changed = await drafts.update(input, call)
      return { ...(await reading.campaign(input)), warnings: warningsOf(changed) }
    })
    ctx.handle(contract.deleteCampaign, async (input) => {
      await drafts.remove(input)
      return {}
    })
    ctx.handle(contract.startCampaign, (input) => runs.start(input))
    ctx.handle(contract.controlCampaign, (input) => runs.control(input))
    ctx.handle(contract.retryFailed, (input) => runs.retryFailed(input))
    ctx.handle(contract.resolveHeld, (input) => runs.resolveHeld(input))
    ctx.handle(contract.cloneCampaign, (input) => drafts.clone(input))
    ctx.handle(contract.listRecipients, (input) => reading.recipients(input))
    ctx.handle(contract.campaignStats, (input) => reading.stats(input))
    ctx.handle(contract.previewCampaign, (input) => previews.preview(input))
    ctx.handle(contract.sendTest, (input, call) => campaigns.sendTest(input, call))
    ctx.handle(contract.exportCampaign, (input, call) => campaigns.export(input, call))
  },
})
