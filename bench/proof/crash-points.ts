import { fileURLToPath } from 'node:url'
import type { Launch, Stack } from '@waqtor/host/testing'
import { Campaign } from './kit/campaign.ts'
import { type Chance, chance } from './kit/chance.ts'
import { stand } from './kit/stand.ts'
import { type Ordeal, type Part, sum } from './ordeal.ts'
import { arming, type CrashPoint, searchPoints, sendPoints } from './seams/crash-point.ts'

const config = fileURLToPath(new URL('./seams/waqtor.config.ts', import.meta.url))

const searches: ReadonlySet<CrashPoint> = new Set<CrashPoint>(searchPoints)

/** How to start a host that ends itself, or stops, when it passes a point for the n-th time. */
export function armedAt(point: CrashPoint, passings: number, launch: Launch, signal?: NodeJS.Signals): Launch {
  return { ...launch, config, env: { ...launch.env, ...arming(point, passings, signal) } }
}

const points: readonly CrashPoint[] = [...sendPoints, ...searchPoints]
/** Where even so many campaigns bring no death at a point, something is wrong, and said. */
const mostCampaigns = 12

/** The host dies at every place between two steps of a send, and while it looks for what was sent before. */
export const crashPoints: Ordeal = {
  name: 'crash-points',
  summary: 'death at each place between two steps of a send, and during the search for a message',
  async *run({ short, seed }) {
    const { recipients, rounds } = short ? { recipients: 400, rounds: 1 } : { recipients: 5_000, rounds: 12 }
    for (const inFlight of short ? [3] : [1, 50]) {
      const deaths: Deaths = new Map()
      const drawn = chance(seed)
      const campaigns: Omit<Part, 'what'>[] = []
      do campaigns.push(await crashedCampaign({ recipients, rounds, inFlight, points, chance: drawn, deaths }))
      while (points.some((it) => timesOf(deaths, it) < rounds) && campaigns.length < mostCampaigns)
      const missed = points.filter((it) => !deaths.has(it)).map((it) => `nobody died at '${it}'`)
      const part = sum(`${inFlight} in flight, ${deaths.size} points`, campaigns)
      yield { ...part, wrong: [...part.wrong, ...missed] }
    }
  },
}

/** How often the host has died at each point. */
export type Deaths = Map<CrashPoint, number>
const timesOf = (deaths: Deaths, point: CrashPoint) => deaths.get(point) ?? 0

export interface CrashedOptions {
  readonly recipients: number
  readonly inFlight: number
  readonly points: readonly CrashPoint[]
  /** How often the host is to die at each point; counted in `deaths`, over all campaigns. */
  readonly rounds: number
  readonly deaths: Deaths
  readonly chance: Chance
  readonly launch?: Launch
}

/** One campaign whose host dies at each of the points in turn, as long as there is somebody left to send to. */
export async function crashedCampaign(options: CrashedOptions): Promise<Omit<Part, 'what'>> {
  const { recipients, inFlight, points, rounds, deaths, chance, launch = {} } = options
  await using standing = await stand()
  const { stack } = standing
  // Long enough for the page to be asked whether it has a message before the network gets it.
  await stack.control({ latencyMs: 20, ackDelayMs: 50 })
  const first = await stack.startHost(launch)
  const campaign = await Campaign.start(stack, { recipients, inFlight })
  await campaign.goOn(0)
  await first.end('SIGKILL')

  let blows = 0
  const dieAt = async (point: CrashPoint, passings: number) => {
    if (!(await diesAt(stack, armedAt(point, passings, launch)))) return
    deaths.set(point, timesOf(deaths, point) + 1)
    blows++
  }
  for (let round = 0; round < rounds; round++) {
    for (const point of points) {
      if (timesOf(deaths, point) >= rounds || (await campaign.isSent())) continue
      // A search needs something that was under way at a death.
      const isSearch = searches.has(point)
      if (isSearch) await dieAt('before-call', chance.between(1, 30))
      await dieAt(point, isSearch ? 1 : chance.between(1, 30))
    }
  }
  await stack.startHost(launch)
  return { ...(await campaign.settle()), blows }
}

/** Starts a host that is to die at a point, and waits for its death. One that does not come there is stopped, and not counted. */
async function diesAt(stack: Stack, launch: Launch): Promise<boolean> {
  const host = stack.run(['start', '--no-watch'], launch)
  const timer = setTimeout(() => void host.child.kill('SIGTERM'), 30_000)
  await host.exit()
  clearTimeout(timer)
  return host.child.signalCode === 'SIGKILL'
}
