import { fileURLToPath } from 'node:url'
import type { Launch, Program, Stack } from '@waqtor/host/testing'
import { Campaign } from './kit/campaign.ts'
import { type Chance, chance } from './kit/chance.ts'
import { latency, stand } from './kit/stand.ts'
import type { Ordeal, Part } from './ordeal.ts'
import { arming, type CrashPoint, searchPoints, sendPoints } from './seams/crash-point.ts'

const config = fileURLToPath(new URL('./seams/waqtor.config.ts', import.meta.url))

/** How to start a host that ends itself, or stops, when it passes a point for the n-th time. */
export function armedAt(point: CrashPoint, passings: number, signal?: NodeJS.Signals): Launch {
  return { config, env: arming(point, passings, signal) }
}

/** The host dies at every place between two steps of a send, and while it looks for what was sent before. */
export const crashPoints: Ordeal = {
  name: 'crash-points',
  summary: 'death at each place between two steps of a send, and during the search for a message',
  async *run({ short, seed }) {
    if (short) yield await crashedCampaign({ recipients: 500, inFlight: 3, rounds: 1, chance: chance(seed) })
    else {
      for (const inFlight of [1, 50])
        yield await crashedCampaign({ recipients: 5_000, inFlight, rounds: 12, chance: chance(seed) })
    }
  },
}

interface CrashedOptions {
  readonly recipients: number
  readonly inFlight: number
  /** How often each point gets its turn. */
  readonly rounds: number
  readonly chance: Chance
}

async function crashedCampaign({ recipients, inFlight, rounds, chance }: CrashedOptions): Promise<Part> {
  await using standing = await stand()
  const { stack } = standing
  // Long enough for the page to be asked whether it has a message before the network gets it.
  await stack.control({ latencyMs: Math.max(20, latency(recipients, inFlight)), ackDelayMs: 50 })
  const first = await stack.startHost()
  const campaign = await Campaign.start(stack, { recipients, inFlight })
  await campaign.goOn(0)
  await first.end('SIGKILL')

  const deaths = new Map<CrashPoint, number>()
  const dieAt = async (point: CrashPoint, passings: number) => {
    if (await diesAt(stack, point, passings)) deaths.set(point, (deaths.get(point) ?? 0) + 1)
  }
  for (let round = 0; round < rounds; round++) {
    for (const point of sendPoints) await dieAt(point, chance.between(1, 30))
    // A search needs something that was under way at a death.
    for (const point of searchPoints) {
      await dieAt('before-call', chance.between(1, 30))
      await dieAt(point, 1)
    }
  }
  await stack.startHost()
  const verdict = await campaign.settle()
  const missed = [...sendPoints, ...searchPoints].filter((it) => !deaths.has(it))
  return {
    what: `${inFlight} in flight, ${deaths.size} points`,
    blows: [...deaths.values()].reduce((all, it) => all + it, 0),
    ...verdict,
    wrong: [...verdict.wrong, ...missed.map((it) => `nobody died at '${it}'`)],
  }
}

/** Starts a host that is to die at a point, and waits for its death. One that does not come there is killed, and not counted. */
async function diesAt(stack: Stack, point: CrashPoint, passings: number): Promise<boolean> {
  // A host that dies while it starts has kept its appointment, too.
  const host: Program = stack.run(['start', '--no-watch'], armedAt(point, passings))
  const timer = setTimeout(() => void host.child.kill('SIGTERM'), 30_000)
  await host.exit()
  clearTimeout(timer)
  return host.child.signalCode === 'SIGKILL'
}
