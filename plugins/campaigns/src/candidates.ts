import { payloadOf } from './audience/prepare.ts'
import { type Context, compile, type One } from './context.ts'
import type { Payload } from './message.ts'
import type { CampaignRow } from './store.ts'

/** Somebody who would get the message of a campaign. */
export interface Candidate {
  /** Unique within its page. */
  readonly id: number
  readonly chatId: string
  readonly part: number
  readonly payload: Payload
}

export interface CandidatePage {
  readonly items: readonly Candidate[]
  /** What the next page comes after; null when there is none. */
  readonly next: number | null
}

/** Those who wait to be sent to, page by page; before the start of a campaign with an audience, the members of that. */
export async function candidates(
  { services }: Context,
  { instance, campaignId }: One,
  campaign: CampaignRow,
  after: number,
  limit: number,
): Promise<CandidatePage> {
  const { outbox, contacts } = services
  if (isSettled(campaign) || !contacts) {
    const rows = await outbox.entries(instance, campaignId, { after, limit: limit + 1, state: 'queued' })
    const shown = rows.slice(0, limit)
    return {
      items: shown.map(({ id, chatId, part, payload }) => ({
        id,
        chatId,
        part,
        payload: JSON.parse(payload) as Payload,
      })),
      next: rows.length > limit ? shown.at(-1)!.id : null,
    }
  }
  const message = compile(campaign)
  const { items, next } = await contacts.members(instance, campaign.audience_id!, after, limit)
  return {
    items: items.map((it, id) => ({
      id,
      chatId: it.chatId,
      part: message.partOf(campaignId, it.chatId),
      payload: payloadOf({}, null, it),
    })),
    next,
  }
}

/** False as long as it is not settled who belongs to it. */
export function isSettled({ audience_id, started_at }: CampaignRow): boolean {
  return audience_id === null || started_at !== null
}
