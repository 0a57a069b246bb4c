import fc from 'fast-check'
import { create, type Plan, plan } from './commands/campaigns.ts'
import { turn } from './commands/control.ts'
import { steps } from './commands/index.ts'
import { conducts, misbehave } from './commands/network.ts'
import { cure } from './cure.ts'
import { Model } from './model.ts'
import type { Conduct } from './network.ts'
import { type Setup, World } from './world.ts'

export interface Exploration {
  /** Of the first sequence; the others have those that follow. */
  readonly seed: number
  readonly sequences: number
  /** No sequence begins after this. */
  readonly limitMs: number
  /** Told after each sequence. */
  readonly progress?: (ran: number) => unknown
}

/** Each sequence begins with a campaign that runs. */
interface Beginning extends Setup {
  readonly next: readonly Conduct[]
}
const setup: fc.Arbitrary<Beginning> = fc.record({
  preDrawnIds: fc.boolean(),
  maxInFlight: fc.constantFrom(1, 3),
  latencyMs: fc.constantFrom(0, 900, 900),
  next: conducts,
})
const maxCommands = 40
/** Read before anything fakes it. */
const { now } = Date

/** Runs sequences, each from a seed of its own, until they are done or the time is over. Answers how many ran. */
export async function explore({ seed, sequences, limitMs, progress }: Exploration): Promise<number> {
  const until = now() + limitMs
  let ran = 0
  while (ran < sequences && now() < until) {
    await one(seed + ran)
    ran++
    progress?.(ran)
  }
  return ran
}

/** A sequence that failed is made smaller for so long. */
const shrinkMs = 30_000

async function one(seed: number): Promise<void> {
  let shrinkUntil: number | undefined
  const property = fc.asyncProperty(setup, plan, fc.noBias(steps(maxCommands)), async (setup, first, commands) => {
    if (shrinkUntil !== undefined && now() > shrinkUntil) return
    try {
      await run(setup, first, commands)
    } catch (error) {
      shrinkUntil ??= now() + shrinkMs
      throw error
    }
  })
  try {
    await fc.assert(property, { seed, numRuns: 1 })
  } catch (error) {
    throw new Error(`sequence ${seed} does not agree with the model; replay it with WAQTOR_MODEL_SEED=${seed}`, {
      cause: error,
    })
  }
}

async function run(
  { next, ...setup }: Beginning,
  first: Plan,
  commands: Parameters<typeof fc.asyncModelRun<Model, World, false, Model>>[1],
) {
  const model = new Model(setup.maxInFlight)
  await using world = await World.create(model, setup)
  const campaign = await create(model, world, first)
  misbehave(model, world, next)
  await turn(model, world, campaign, 'start')
  world.connect()
  await fc.asyncModelRun(() => ({ model, real: world }), commands)
  await cure(model, world)
}
