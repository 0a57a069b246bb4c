import { setTimeout as pause } from 'node:timers/promises'
import type { Launch, Program, Stack } from '@waqtor/host/testing'
import { Campaign } from './kit/campaign.ts'
import { type Chance, chance } from './kit/chance.ts'
import { latency, stand } from './kit/stand.ts'
import { type Ordeal, type Part, sum } from './ordeal.ts'
import { withoutDrawnIds } from './seams/variants.ts'

/** The host is killed at random instants, also while it starts, and the network misbehaves. */
export const kills: Ordeal = {
  name: 'kills',
  summary: 'SIGKILL at random instants, with lost answers, lost acknowledgements, breaks and hangs',
  async *run({ short, seed }) {
    const series = short
      ? [{ recipients: 400, inFlight: 8, wanted: 3, launch: {} }]
      : [
          { recipients: 5_000, inFlight: 1, wanted: 200, launch: {} },
          { recipients: 5_000, inFlight: 50, wanted: 200, launch: {} },
          { recipients: 5_000, inFlight: 8, wanted: 50, launch: withoutDrawnIds, note: ', ids not drawn beforehand' },
        ]
    for (const { recipients, inFlight, wanted, launch, note = '' } of series) {
      const campaigns: Omit<Part, 'what'>[] = []
      for (let left = wanted; left > 0; left -= campaigns.at(-1)!.blows) {
        const drawn = chance(seed * 1_000 + campaigns.length)
        campaigns.push(await killedCampaign({ recipients, inFlight, kills: left, chance: drawn, launch }))
      }
      yield sum(`${inFlight} in flight${note}`, campaigns)
    }
  },
}

export interface KilledOptions {
  readonly recipients: number
  readonly inFlight: number
  /** At most so many counted kills. */
  readonly kills: number
  readonly chance: Chance
  readonly launch?: Launch
}

/** One campaign whose host is killed again and again. A kill counts if something was sent since the last one, and not all was. */
export async function killedCampaign(options: KilledOptions): Promise<Omit<Part, 'what'>> {
  const { recipients, inFlight, chance, launch = {} } = options
  await using standing = await stand()
  const { stack } = standing
  const faults = { dropAnswerRate: inFlight === 1 ? 0.002 : 0.01, dropAckRate: 0.02 }
  const seed = chance.between(1, 2 ** 31)
  await stack.control({ latencyMs: latency(recipients, inFlight), ackDelayMs: 50, seed, ...faults })
  let host = await stack.startHost(launch)
  const campaign = await Campaign.start(stack, { recipients, inFlight })

  let kills = 0
  let killedAt = 0
  for (;;) {
    await campaign.goOn(killedAt)
    await pause(chance.between(1, 1_200))
    await campaign.resumeIfStopped()
    await disturb(stack, chance)
    await host.end('SIGKILL')
    const size = await campaign.logSize()
    const isSent = await campaign.isSent()
    if (size > killedAt && !isSent) kills++
    killedAt = size
    host = await startAgain(stack, chance, launch)
    if (isSent || kills >= options.kills) break
  }
  return { ...(await campaign.settle()), blows: kills }
}

/** Sometimes the network has trouble of its own at the moment of the kill. */
async function disturb(stack: Stack, chance: Chance): Promise<void> {
  const trouble = chance.between(1, 20)
  if (trouble <= 3) {
    await stack.control({ disconnect: chance.between(0, 800) })
    await pause(chance.between(0, 1_500))
  } else if (trouble <= 6) {
    await stack.control({ hang: true })
    await pause(chance.between(0, 500))
    if (chance.happens(0.5)) await stack.control({ hang: false })
  }
}

/** Starts the host; sometimes it is killed once more before it is up. */
async function startAgain(stack: Stack, chance: Chance, launch: Launch): Promise<Program> {
  if (chance.happens(0.5)) await stack.control({ hang: false })
  if (chance.happens(0.1)) {
    const early = stack.run(['start', '--no-watch'], launch)
    await pause(chance.between(0, 1_000))
    await early.end('SIGKILL')
  }
  const host = await stack.startHost(launch)
  await stack.control({ hang: false })
  return host
}
