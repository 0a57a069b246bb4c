import fc from 'fast-check'
import type { Model } from '../model.ts'
import { observe } from '../observation.ts'
import type { World } from '../world.ts'
import { compare, step } from './step.ts'

const turnsStep = fc
  .integer({ min: 1, max: 12 })
  .map((count) => step(`${count} turns`, async (_, world) => world.clock.turns(count)))

const passStep = fc
  .constantFrom(1_000, 1_000, 2_000, 2_000, 5_000, 61_000, 130_000, 400_000, 1_300_000)
  .map((ms) => step(`${ms / 1_000} s pass`, async (_, world) => world.clock.pass(ms)))

const compareStep = fc.constant(0).map(() => step('everything comes to rest', compare))

const restartStep = fc.constant(0).map(() => step('restart', async (_, world) => world.restart()))

const crashStep = fc.nat({ max: 12 }).map((turns) =>
  step(`crash after ${turns} turns`, async (_, world) => {
    await world.clock.turns(turns)
    await world.crash()
  }),
)

const takeOverStep = fc.nat({ max: 6 }).map((turns) =>
  step(`another process takes over after ${turns} turns`, async (_, world) => {
    if (world.hasZombie) return
    await world.clock.turns(turns)
    await world.takeOver()
  }),
)

const backupStep = fc.constant(0).map(() =>
  step('make a backup', async (model, world) => {
    await compare(model, world)
    await world.keepBackup()
    model.keepBackup()
  }),
)

const restoreStep = fc.constant(0).map(() => step('restore the backup', restore, (model) => model.hasBackup))

async function restore(model: Model, world: World): Promise<void> {
  const lost = model.campaigns
  if (!(await world.restore())) model.obstacles.add('paired-anew')
  model.restore()
  for (const { id, text, recipients } of lost)
    if (!model.campaigns.some((it) => it.id === id)) for (const it of recipients) model.excuse(text, it)
  // Those that had failed then may have been tried again since.
  for (const { campaign, recipients } of (await observe(world.test, model.campaigns)).campaigns.values())
    for (const { state, chatId } of recipients) if (state === 'failed') model.excuse(campaign.name, chatId)
}

export const lifeSteps = [
  turnsStep,
  turnsStep,
  passStep,
  passStep,
  passStep,
  compareStep,
  restartStep,
  crashStep,
  takeOverStep,
  takeOverStep,
  backupStep,
  restoreStep,
]
