import { Database, EventLog, Instances, Messaging, Outbox } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { Campaigns } from './campaigns.ts'
import * as contract from './contract.ts'
import { createCampaignLane } from './lane.ts'
import { Progress } from './progress.ts'
import { migrations } from './schema.ts'

export * from './contract.ts'

/** Bulk sending, on the outbox of the messages plugin. */
export default definePlugin({
  name: 'campaigns',
  kernel: '^1',
  config: z.strictObject({}),
  requires: { database: Database, events: EventLog, instances: Instances, messaging: Messaging, outbox: Outbox },
  events: [
    contract.CampaignProgress,
    contract.CampaignCompleted,
    contract.CampaignPaused,
    contract.CampaignResumed,
    contract.CampaignCancelled,
  ],
  cli: [{ name: 'campaign', summary: 'Create, run and follow campaigns', load: () => import('./cli/index.ts') }],
  async setup(ctx) {
    const { database, events, messaging, outbox } = ctx.services
    await database.migrate('campaigns', 'instance', migrations)

    const campaigns = new Campaigns({ database, events, messaging, outbox })
    const progress = new Progress(async (instance, campaignId) => {
      const { status, total, queued, sent, delivered, read, replied, failed, skipped, held } = await campaigns.get({
        instance,
        campaignId,
      })
      ctx.emit(
        contract.CampaignProgress,
        {
          campaignId,
          status,
          total,
          queued,
          sent,
          delivered,
          read,
          replied,
          failed,
          skipped,
          held,
          timestamp: Date.now(),
        },
        instance,
      )
    })
    ctx.onClose(() => progress.close())
    const lane = createCampaignLane({
      outbox,
      events,
      textOf: (instance, id) => campaigns.textOf(instance, id),
      changed: (instance, id) => progress.changed(instance, id),
    })
    ctx.onClose(outbox.lane(lane))

    ctx.handle(contract.createCampaign, (input) => campaigns.create(input))
    ctx.handle(contract.addRecipients, (input) => campaigns.addRecipients(input))
    ctx.handle(contract.listCampaigns, (input) => campaigns.list(input))
    ctx.handle(contract.getCampaign, (input) => campaigns.get(input))
    ctx.handle(contract.updateCampaign, (input) => campaigns.update(input))
    ctx.handle(contract.deleteCampaign, async (input) => {
      await campaigns.remove(input)
      return {}
    })
    ctx.handle(contract.startCampaign, (input) => campaigns.start(input))
    ctx.handle(contract.controlCampaign, (input) => campaigns.control(input))
    ctx.handle(contract.listRecipients, (input) => campaigns.recipients(input))
  },
})
