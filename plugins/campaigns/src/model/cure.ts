import { turn } from './commands/control.ts'
import { resolveHeld } from './commands/decisions.ts'
import { calm, compare } from './commands/step.ts'
import type { Model, ModelCampaign } from './model.ts'
import type { World } from './world.ts'

/** A self-made pause is repealed so often; on a network that behaves there is no reason for more. */
const patience = 12

/** The network behaves from now on, and a person decides what is to be decided: every campaign that was started ends. */
export async function cure(model: Model, world: World): Promise<void> {
  world.network.next = []
  world.network.isReadable = true
  world.connect()
  await compare(model, world)
  await calm(model, world)
  for (let round = 0; round < patience; round++) {
    const open = model.campaigns.filter((it) => it.status === 'paused' || it.status === 'running')
    if (open.length === 0) return
    world.network.release(round % 2 === 0)
    for (const it of open) await goOn(model, world, it)
    await calm(model, world)
  }
  throw new Error(
    `${model.campaigns.map((it) => `${it.text} is ${it.status} (${it.reason})`).join(', ')}: they do not end`,
  )
}

async function goOn(model: Model, world: World, campaign: ModelCampaign): Promise<void> {
  await resolveHeld(model, world, campaign, 'resend')
  await compare(model, world)
  if (campaign.status === 'paused') await turn(model, world, campaign, 'resume')
}
