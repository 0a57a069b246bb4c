import fc from 'fast-check'
import * as contract from '../../contract.ts'
import { type Model, type ModelCampaign, newCampaign, type Policy } from '../model.ts'
import type { World } from '../world.ts'
import { turn } from './control.ts'
import { hasCampaign, step } from './step.ts'

/** One of the people, in one of the writings of their number. */
const writings = [
  (n: string) => n,
  (n: string) => `+${n.slice(0, 2)} ${n.slice(2, 5)} ${n.slice(5)}`,
  (n: string) => `00${n}`,
  (n: string) => `${n}@c.us`,
  (n: string) => [...n].map((it) => String.fromCharCode(0x660 + Number(it))).join(''),
]
export const chats = Array.from({ length: 12 }, (_, i) => `2010012345${10 + i}@c.us`)

export interface Written {
  readonly who: number
  readonly writing: number
}
const written = fc.record(
  { who: fc.nat({ max: chats.length - 1 }), writing: fc.nat({ max: writings.length - 1 }) },
  { noNullPrototype: true },
)
const list = fc.array(written, { minLength: 1, maxLength: 24, size: 'max' })
const policy = fc.constantFrom<Policy>('hold', 'hold', 'hold', 'resend', 'skip')

export interface Plan {
  readonly list: readonly Written[]
  readonly inFlight: number
  readonly policy: Policy
}
export const plan: fc.Arbitrary<Plan> = fc.record(
  { list, inFlight: fc.constantFrom(1, 2, 4), policy },
  { noNullPrototype: true },
)

/** Creates a campaign whose messages begin with a text of their own. */
export async function create(model: Model, world: World, { list, inFlight, policy }: Plan): Promise<ModelCampaign> {
  const text = `text${model.texts++}`
  const answer = await world.test.run(contract.createCampaign, {
    name: text,
    template: `${text} {{phone}}`,
    recipients: list.map(write),
    pacing: { inFlight },
    onUnknown: policy,
  })
  const campaign = newCampaign(answer.campaignId, text, policy)
  expectAdded(answer, campaign, list)
  model.campaigns.push(campaign)
  model.enrol(campaign, list.map(chatOf))
  return campaign
}

const createStep = fc.tuple(plan, fc.boolean()).map(([it, isStarted]) =>
  step(
    `create${isStarted ? ' and start' : ''} a campaign (${it.policy}, ${it.inFlight} in flight) to ${show(it.list)}`,
    async (model, world) => {
      const campaign = await create(model, world, it)
      if (isStarted) await turn(model, world, campaign, 'start')
    },
    (model) => model.campaigns.length < 4,
  ),
)

const addStep = fc.tuple(fc.nat({ max: 9 }), list).map(([pick, people]) =>
  step(
    `add ${show(people)} to campaign ${pick}`,
    async (model, world) => {
      const campaign = model.one(pick)
      const { status } = await world.test.run(contract.getCampaign, { campaignId: campaign.id })
      const adding = world.test.run(contract.addRecipients, { campaignId: campaign.id, recipients: people.map(write) })
      if (status !== 'draft') return expectRefused(adding, `adding to one that is ${status}`)
      expectAdded(await adding, campaign, people)
      model.enrol(campaign, people.map(chatOf))
    },
    hasCampaign,
  ),
)

const cloneStep = fc.nat({ max: 9 }).map((pick) =>
  step(
    `clone campaign ${pick}`,
    async (model, world) => {
      const from = model.one(pick)
      const { campaignId } = await world.test.run(contract.cloneCampaign, { campaignId: from.id, name: from.text })
      const copy = newCampaign(campaignId, from.text, from.policy)
      model.campaigns.push(copy)
      model.enrol(copy, from.recipients)
    },
    (model) => hasCampaign(model) && model.campaigns.length < 4,
  ),
)

export const makingSteps = [createStep, createStep, addStep, cloneStep]

export function write({ who, writing }: Written): string {
  return writings[writing]!(chats[who]!.slice(0, -'@c.us'.length))
}

export function chatOf({ who }: Written): string {
  return chats[who]!
}

function show(people: readonly Written[]): string {
  return `[${people.map((it) => `${it.who}${'abcde'[it.writing]}`).join(' ')}]`
}

/** Each person counts once, however often and in whatever writing they were named. */
function expectAdded(
  { accepted, duplicates, rejectedCount }: { accepted: number; duplicates: number; rejectedCount: number },
  { recipients }: ModelCampaign,
  people: readonly Written[],
): void {
  const fresh = new Set(people.map(chatOf).filter((it) => !recipients.has(it))).size
  if (accepted !== fresh || duplicates !== people.length - fresh || rejectedCount !== 0)
    throw new Error(
      `${accepted} were added, ${duplicates} were duplicates; the list has ${fresh} new of ${people.length}`,
    )
}

export async function expectRefused(asking: Promise<unknown>, what: string): Promise<void> {
  const status = await asking.then(
    () => 'granted',
    (error) => error.status,
  )
  if (status !== 409) throw new Error(`${what} was not refused: ${status}`)
}
