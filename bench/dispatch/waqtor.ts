/** A campaign on everything that carries one: SQLite with `synchronous=FULL`, event log, outbox, campaigns. */
import { EventLog } from '@waqtor/contracts'
import { createKernel, definePlugin, systemPrincipal, z } from '@waqtor/kernel'
import campaigns, { addRecipients, CampaignCompleted, createCampaign, startCampaign } from '@waqtor/plugin-campaigns'
import events from '@waqtor/plugin-events'
import messages from '@waqtor/plugin-messages'
import { FakeAccount } from '@waqtor/plugin-messages/testing'
import storage from '@waqtor/plugin-storage-sqlite'
import { answerTask } from '../kit/process.ts'
import { NoOpTransport } from './no-op-transport.ts'
import { Stopwatch } from './stopwatch.ts'
import { surroundings } from './surroundings.ts'
import { chunks, type DispatchResult, type DispatchTask, phoneOf } from './task.ts'

const account = new FakeAccount()
const asSystem = { principal: systemPrincipal }

answerTask(async ({ recipients, inFlight, directory }: DispatchTask): Promise<DispatchResult> => {
  const completed = Promise.withResolvers<number>()
  await using kernel = createKernel({
    plugins: [
      surroundings(directory, account),
      storage(),
      events(),
      messages(),
      campaigns(),
      spectator(completed.resolve),
    ],
  })
  await kernel.start()
  await account.open()
  account.connect(new NoOpTransport())

  const stopwatch = new Stopwatch()
  const draft = { name: 'dispatch', template: 'Hello {{name}}, this is {{phone}}', pacing: { inFlight } }
  const { campaignId } = await kernel.commands.execute(createCampaign, draft, asSystem)
  for (const { first, size } of chunks(recipients)) {
    const people = Array.from({ length: size }, (_, i) => ({
      to: phoneOf(first + i),
      variables: { name: `Nadia ${first + i}` },
    }))
    await kernel.commands.execute(addRecipients, { campaignId, recipients: people }, asSystem)
  }
  stopwatch.started()
  await kernel.commands.execute(startCampaign, { campaignId }, asSystem)
  const sent = await completed.promise
  const result = stopwatch.ended(recipients)
  if (sent !== recipients) throw new Error(`${recipients} recipients, and ${sent} were sent to`)
  return result
})

/** Hears the end, and nothing else: events that nobody hears are recorded all the same. */
function spectator(ended: (sent: number) => void) {
  return definePlugin({
    name: 'spectator',
    config: z.object({}),
    requires: { log: EventLog },
    async setup(ctx) {
      ctx.tap(ctx.kernel.hooks.boot, () => ctx.services.log.attach('default'))
      ctx.on(CampaignCompleted, ({ sent }) => ended(sent))
    },
  })()
}
