import type { Awaitable, Call, z } from '@waqtor/kernel'
import { Attachments } from './attachments.ts'
import { Enrolment } from './audience/enrolment.ts'
import { Composer } from './composer.ts'
import { Context, type One, type Services } from './context.ts'
import type * as contract from './contract.ts'
import { CourtesyGate } from './courtesy/gate.ts'
import { Plans } from './courtesy/plans.ts'
import { Drafts } from './drafts.ts'
import { exportRecipients } from './export.ts'
import { Forecast } from './forecast.ts'
import { createCampaignLane } from './lane.ts'
import { ClockWatch } from './plan/clock-watch.ts'
import { Previews } from './preview.ts'
import { Progress } from './progress.ts'
import { RateMeter } from './rate-meter.ts'
import { Reading } from './reading.ts'
import { createReplyWitness } from './replies.ts'
import { Runs } from './runs.ts'
import { Scheduler } from './scheduler.ts'
import { sendTest } from './test-sends.ts'

export interface CampaignsConfig {
  readonly lateAfterMs: number
}

export interface Announcements {
  readonly progress: (instance: string, data: z.input<typeof contract.CampaignProgress.schema>) => void
}

export interface Campaigns {
  readonly drafts: Drafts
  readonly runs: Runs
  readonly reading: Reading
  readonly previews: Previews
  sendTest(input: z.output<typeof contract.sendTest.input>, call: Call): ReturnType<typeof sendTest>
  export(input: z.output<typeof contract.exportCampaign.input>, call: Call): ReturnType<typeof exportRecipients>
  /** Takes its places at the outbox and beside the accounts. Answers the undos, in the order in which they were taken. */
  join(): readonly (() => Awaitable<unknown>)[]
}

/** Puts the parts of this plugin together. */
export function createCampaigns(services: Services, config: CampaignsConfig, announce: Announcements): Campaigns {
  const { outbox, messaging, instances, log } = services
  const context = new Context(services)
  const attachments = new Attachments(services.files, services.messaging)
  const rates = new RateMeter()
  const plans = new Plans()
  const gate = new CourtesyGate(context, plans)
  const forecast = new Forecast(context, rates)
  const enrolment = new Enrolment(context)
  const runs: Runs = new Runs(context, enrolment, () => scheduler.poke())
  const scheduler = new Scheduler({ context, runs, clock: new ClockWatch(), log, ...config })
  const forget = (one: One) => {
    context.forget(one)
    plans.forget(one.instance, one.campaignId)
    forecast.forget(one)
  }
  const composer = new Composer(services, attachments)
  const drafts = new Drafts({ context, attachments, composer, enrolment, runs, forget })
  const reading = new Reading(context, forecast)
  const previews = new Previews(context, gate, forecast)

  const progress = new Progress(async (instance, campaignId) => {
    const { status, total, queued, sent, delivered, read, replied, failed, skipped, held } = await reading.campaign({
      instance,
      campaignId,
    })
    const counters = { total, queued, sent, delivered, read, replied, failed, skipped, held }
    announce.progress(instance, { campaignId, status, ...counters, timestamp: Date.now() })
  })
  const changed = (instance: string, campaignId: string, begun: number) => {
    rates.add(instance, campaignId, begun)
    progress.changed(instance, campaignId)
  }

  return {
    drafts,
    runs,
    reading,
    previews,
    sendTest: (input, call) => sendTest(input, call, context, attachments),
    export: (input, call) => exportRecipients(input, call, context, reading),
    join: () => [
      () => progress.close(),
      outbox.gate(gate),
      messaging.witness(createReplyWitness(outbox, (instance, id) => changed(instance, id, 0))),
      outbox.lane(createCampaignLane({ context, attachments, changed, completed: forget })),
      () => scheduler.close(),
      instances.observe({
        opened: async () => scheduler.poke(),
        ready: ({ instance }) => {
          runs.settleQueues(instance).catch((error) => log.warn('queues could not be settled', { instance, error }))
        },
      }),
    ],
  }
}
