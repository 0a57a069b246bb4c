import { setTimeout as pause } from 'node:timers/promises'
import type { Stack } from '@waqtor/host/testing'
import { Campaign } from './kit/campaign.ts'
import { chance as draw } from './kit/chance.ts'
import { latency, stand } from './kit/stand.ts'
import { until } from './kit/until.ts'
import type { Ordeal, Part, Scale } from './ordeal.ts'

/** What the network does in the middle of a campaign, and how it takes that back. */
interface Signal {
  readonly control: object
  readonly takenBack: object
}

export const restrict: Ordeal = {
  name: 'restrict',
  summary: 'WhatsApp restricts the account in mid-campaign: not one further attempt, also after a restart',
  run: (scale) =>
    standstill(scale, {
      control: { restrict: 'too many messages' },
      takenBack: { restrict: false },
    }),
}

export const logout: Ordeal = {
  name: 'logout',
  summary: 'the phone unlinks WaQtor in mid-campaign: not one further attempt, also after a restart',
  run: (scale) =>
    standstill(scale, {
      control: { logout: true },
      takenBack: {},
    }),
}

/**
 * The account is connected again as soon as the campaign stands still: whatever WaQtor still tried would be accepted then,
 * and stand in the network's log.
 */
async function* standstill({ short, seed }: Scale, signal: Signal): AsyncIterable<Part> {
  const recipients = short ? 200 : 5_000
  for (const inFlight of short ? [8] : [1, 50]) {
    const chance = draw(seed)
    await using standing = await stand()
    const { stack } = standing
    const latencyMs = latency(recipients, inFlight, short ? 4_000 : 20_000)
    await stack.control({ latencyMs })
    const host = await stack.startHost()
    const campaign = await Campaign.start(stack, { recipients, inFlight })
    await campaign.goOn(0)
    await pause(chance.between(1, short ? 50 : 3_000))
    await stack.control(signal.control)
    await until('the campaign is paused', async () => (await campaign.state()).status === 'paused')
    // What was on its way has to meet it before it is taken back.
    await pause(latencyMs + 1_000)
    await stack.control({ ...signal.takenBack, latencyMs: 5 })
    await stack.request('POST', '/api/v2/instances/default/start', {})
    const before = await sentBeside(stack, campaign)
    await host.end('SIGKILL')
    await stack.startHost()
    const after = await sentBeside(stack, campaign)
    const { status, reason } = await campaign.state()
    await campaign.resume()
    const verdict = await campaign.settle()

    const wrong = [...verdict.wrong]
    if (after !== before) wrong.push(`${after - before} messages of the campaign were sent while it stood still`)
    if (status !== 'paused') wrong.push(`after a restart the campaign is ${status} (${reason})`)
    // What was under way is refused by a restriction, and forgotten by a new pairing.
    yield { what: `${inFlight} in flight`, blows: 1, ...verdict, wrong, mayRest: inFlight }
  }
}

/**
 * Sends some single messages, and then answers how many of the campaign are with the network. The two take turns: were the
 * campaign still open, these would bring some of its messages with them.
 */
async function sentBeside(stack: Stack, campaign: Campaign): Promise<number> {
  for (const chatId of ['201001111111', '201002222222', '201003333333']) {
    await until('a single message goes out', async () => {
      const { status } = await stack.request('POST', '/api/v2/messages/send-text', { chatId, text: 'beside' })
      return status === 200
    })
  }
  const ours = new Set(campaign.recipients.map((it) => `${it}@c.us`))
  return (await stack.accepted()).filter((it) => ours.has(it.to)).length
}
