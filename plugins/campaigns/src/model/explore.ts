import fc from 'fast-check'
import { steps } from './commands/index.ts'
import { control1 } from './commands/control.ts'
import { create, type Plan, plan } from './commands/campaigns.ts'
import { conducts, misbehave } from './commands/network.ts'
import { cure } from './cure.ts'
import { Model } from './model.ts'
import type { Conduct } from './network.ts'
import { type Setup, World } from './world.ts'

export interface Exploration {
  readonly seed: number
  readonly sequences: number
  /** No sequence begins after this; one that failed is made smaller for as long again. */
  readonly limitMs: number
}

/** Each sequence begins with a campaign that runs. */
interface Beginning extends Setup {
  readonly next: readonly Conduct[]
}
const setup: fc.Arbitrary<Beginning> = fc.record({
  preDrawnIds: fc.boolean(),
  maxInFlight: fc.constantFrom(1, 3),
  latencyMs: fc.constantFrom(0, 900),
  next: conducts,
})
const maxCommands = 40
/** Read before anything fakes it. */
const { now } = Date

/** Runs sequences, each from a seed of its own, until they are done or the time is over. Answers how many ran. */
export async function explore({ seed, sequences, limitMs }: Exploration): Promise<number> {
  const until = now() + limitMs
  let ran = 0
  while (ran < sequences && now() < until) {
    await one(seed + ran, limitMs)
    ran++
  }
  return ran
}

async function one(seed: number, shrinkMs: number): Promise<void> {
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
  await fc.assert(property, { seed, numRuns: 1 })
}

async function run({ next, ...setup }: Beginning, first: Plan, commands: Parameters<typeof fc.asyncModelRun<Model, World, false, Model>>[1]) {
  const model = new Model()
  await using world = await World.create(model, setup)
  const campaign = await create(model, world, first)
  misbehave(model, world, next)
  await control1(model, world, campaign, 'start')
  world.connect()
  await fc.asyncModelRun(() => ({ model, real: world }), commands)
  await cure(model, world)
  if (process.env['STATS']) process.stderr.write(`${commands.toString().split(',').length} steps, ${world.network.attempts.length} sends, ${world.network.record.length} accepted, ${model.campaigns.map((it) => it.status)} ${[...model.obstacles]}\n`)
}
