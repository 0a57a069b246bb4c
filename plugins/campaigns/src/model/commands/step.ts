import type { AsyncCommand } from 'fast-check'
import type { Model } from '../model.ts'
import { type Glimpse, glimpse, type Observation, observe } from '../observation.ts'
import { faultsAtAnyTime, faultsAtRest, faultsWhenCalm } from '../verdict.ts'
import type { World } from '../world.ts'

export type Step = AsyncCommand<Model, World>

/** A command that is shown as `name`; whatever it did, what must hold at any time is looked at afterwards. */
export function step(
  name: string,
  run: (model: Model, world: World) => Promise<unknown>,
  check: (model: Model) => boolean = () => true,
): Step {
  return {
    check,
    toString: () => name,
    async run(model, world) {
      await run(model, world)
      complainOf(model, world, await glimpse(world.test, model.campaigns))
    },
  }
}

export const hasCampaign = (model: Readonly<Model>): boolean => model.campaigns.length > 0

/** @throws Error with everything that can never be */
function complainOf(model: Model, world: World, seen: readonly Glimpse[]): void {
  complain([...world.faults, ...faultsAtAnyTime(model, world.network, seen)])
}

/** Everything comes to rest, and is compared with the model. @throws Error with everything that does not agree */
export async function compare(model: Model, world: World): Promise<Observation> {
  await world.settle()
  const seen = await observe(world.test, model.campaigns)
  complainOf(model, world, [...seen.campaigns.values()])
  complain(faultsAtRest(model, world.network, seen))
  for (const it of model.campaigns) {
    const { status, reason } = seen.campaigns.get(it.id)!.campaign
    it.status = status
    it.reason = reason
    // What stands still at rest has no business to begin anything before somebody says so.
    if (status !== 'running') it.stopped = true
  }
  return seen
}

const roundMs = 4 * 60_000
const mostRounds = 60

/** Time passes until nothing changes any more, and everything that can be found out is. */
export async function calm(model: Model, world: World): Promise<void> {
  let before = ''
  for (let round = 0; round < mostRounds; round++) {
    await world.clock.pass(roundMs)
    const seen = await compare(model, world)
    const now = JSON.stringify([...seen.campaigns.values()].map((it) => [it.campaign.status, it.recipients]))
    if (now === before) {
      complain(faultsWhenCalm(model, world.network, seen))
      return
    }
    before = now
  }
  throw new Error('the campaigns come to no end')
}

function complain(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(faults.join('\n'))
}
