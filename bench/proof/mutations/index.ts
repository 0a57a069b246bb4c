import type { Launch } from '@waqtor/host/testing'
import { crashedCampaign } from '../crash-points.ts'
import { killedCampaign } from '../kills.ts'
import { CampaignGone } from '../kit/campaign.ts'
import { chance as draw } from '../kit/chance.ts'
import { nothing, type Ordeal, type Part, type Scale } from '../ordeal.ts'
import { cutCampaign } from '../power-cut/index.ts'
import type { CrashPoint } from '../seams/crash-point.ts'
import { withoutDrawnIds } from '../seams/variants.ts'
import { overtaken } from '../second-owner.ts'
import { mutated } from './mutated.ts'
import type { Mutation } from './snippets.ts'

/** The proof of the proof: one promise at a time is taken out of the product, and then somebody has to get a message twice. */
export const mutations: Ordeal = {
  name: 'mutations',
  summary: 'the same ordeals on a product from which one promise was taken away: each has to end in doubled messages',
  async *run(scale) {
    const { short, seed } = scale
    yield await noticed('durable before send', seed, (it) =>
      killed(mutated('durable before send'), 'sending-uncommitted', { short, seed: it }),
    )
    // Where the id of a message is known beforehand, its acknowledgement, which the network keeps, may settle it as well.
    const blind = mutated('history check', withoutDrawnIds)
    yield await noticed('history check', seed, (it) => killed(blind, 'taken-unanswered', { short, seed: it }))
    yield await noticed('epoch check', seed, (it) => overtaken(draw(it), mutated('epoch check')))
    yield await noticed('synced commits', seed, (it) => {
      const cuts = { recipients: 400, inFlight: 8, cuts: short ? 4 : 10, chance: draw(it) }
      return cutCampaign({ ...cuts, launch: mutated('synced commits') })
    })
  },
}

type Outcome = Omit<Part, 'what'>

/** At random instants, and in the short form where it hurts. */
function killed(launch: Launch, point: CrashPoint, { short, seed }: Scale): Promise<Outcome> {
  const chance = draw(seed)
  return short
    ? crashedCampaign({ recipients: 200, inFlight: 1, points: [point], rounds: 1, deaths: new Map(), chance, launch })
    : killedCampaign({ recipients: 5_000, inFlight: 8, kills: 50, chance, launch })
}

/** A message that left before a death may not have reached the network by then: one try shows nothing, three do. */
const tries = 3

/** A broken promise is what is expected here, so its figures stand in the text. */
async function noticed(mutation: Mutation, seed: number, attempt: (seed: number) => Promise<Outcome>): Promise<Part> {
  for (let i = 0; ; i++) {
    try {
      const { blows, recipients, doubled } = await attempt(seed + i)
      const what = `without the ${mutation}: ${doubled} doubled, as expected`
      if (doubled > 0) return { what, blows, ...nothing, recipients, wrong: [] }
      const missed = `without the ${mutation} nothing was doubled: the proof does not see what it is to prove`
      if (i + 1 >= tries) return { what, blows, ...nothing, recipients, wrong: [missed] }
    } catch (error) {
      if (!(error instanceof CampaignGone)) throw error
      const what = `without the ${mutation}: the campaign itself was gone, as expected`
      return { what, blows: 1, ...nothing, recipients: 0, wrong: [] }
    }
  }
}
