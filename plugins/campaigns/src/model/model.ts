import type { Conduct } from './network.ts'
import { type Action, noTurns, type Status, type Turns } from './turns.ts'

/** What becomes of a recipient, as the contract draws it. */
export type State =
  | 'queued'
  | 'claimed'
  | 'sending'
  | 'unknown'
  | 'reconciling'
  | 'waiting'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'failed'
  | 'skipped'
  | 'cancelled'
  | 'held'

export type Policy = 'hold' | 'resend' | 'skip'

/** Why the fate of a message may have become impossible to establish. */
export type Obstacle = 'unreadable' | 'paired-anew' | 'pending'

/** A campaign, as far as the person knows who made it. */
export interface ModelCampaign {
  readonly id: string
  /** The first word of its messages; a copy has the same one. */
  readonly text: string
  readonly policy: Policy
  readonly recipients: Set<string>
  readonly turns: Turns
  status: Status
  reason: string | null
  /** No send of it may begin. */
  stopped: boolean
  /** That is known to this process only, until it is written down. */
  stoppedInMemory: boolean
  /** Requests under way after which sends may begin. */
  opening: number
}

/** What the contract promises, and what a person has done so far. Knows nothing of how it is kept. */
export class Model {
  campaigns: ModelCampaign[] = []
  /** So many texts there have been. */
  texts = 1
  readonly optedOut = new Set<string>()
  readonly obstacles = new Set<Obstacle>()
  /** How many messages of a text each chat may get: one a campaign, and one for each time a person wanted it sent again. */
  readonly #allowed = new Map<string, number>()
  /** Messages that were accepted and that no row need know of: a person has decided about it otherwise. */
  readonly #excused = new Map<string, number>()
  readonly #resending = new Set<string>()
  readonly #begun = new Set<string>()
  readonly #maxInFlight: number
  readonly #errors = new Map<string, number>()
  readonly #last = new Map<number, State>()
  #backup: ModelCampaign[] | undefined

  /** @param maxInFlight sends that may be under way at once */
  constructor(maxInFlight: number) {
    this.#maxInFlight = maxInFlight
  }

  /** Recipients come to a campaign. */
  enrol(campaign: ModelCampaign, chats: Iterable<string>): void {
    if (campaign.policy === 'resend') this.#resending.add(campaign.text)
    for (const chatId of chats) {
      if (campaign.recipients.has(chatId)) continue
      campaign.recipients.add(chatId)
      // One that comes back with a backup is no other campaign than before.
      const first = `${campaign.id} ${chatId}`
      if (!this.#begun.has(first)) this.#allow(campaign.text, chatId)
      this.#begun.add(first)
    }
  }

  one(pick: number): ModelCampaign {
    return this.campaigns[pick % this.campaigns.length]!
  }

  remove(campaign: ModelCampaign): void {
    this.campaigns = this.campaigns.filter((it) => it !== campaign)
  }

  /** A person wants these to be sent to again, whatever became of the first message. */
  sendAgain({ text }: ModelCampaign, chats: Iterable<string>): void {
    for (const chatId of chats) {
      this.#allow(text, chatId)
      this.excuse(text, chatId)
    }
  }

  excuse(text: string, chatId: string, count = 1): void {
    add(this.#excused, `${text} ${chatId}`, count)
  }

  excuses(text: string, chatId: string): number {
    return this.#excused.get(`${text} ${chatId}`) ?? 0
  }

  /** How many messages of a text a chat may get. Where a campaign resends what cannot be established, there is no limit. */
  allowed(text: string, chatId: string): number {
    if (this.#resending.has(text) && this.obstacles.size > 0) return Number.POSITIVE_INFINITY
    return this.#allowed.get(`${text} ${chatId}`) ?? 0
  }

  /** A send begins, and this is how the network treats it. Answers what is wrong with that. */
  begins(text: string, chatId: string, conduct: Conduct): string | undefined {
    // Campaigns that share a text fail each for itself.
    const isAlone = this.campaigns.filter((it) => it.text === text).length === 1
    const errors = isAlone ? (this.#errors.get(text) ?? 0) : 0
    this.#errors.set(text, errorsAfter(errors, conduct))
    if (errors >= mostErrors + this.#maxInFlight)
      return `a send of '${text}' to ${chatId} began after ${errors} errors in a row`
    if (this.optedOut.has(chatId)) return `a send of '${text}' to ${chatId} began after the opt-out`
    const candidates = this.campaigns.filter((it) => it.text === text && it.recipients.has(chatId))
    if (candidates.length === 0) return `a send of '${text}' to ${chatId} began, which no campaign wants`
    if (candidates.every((it) => it.stopped))
      return `a send of '${text}' to ${chatId} began although its campaign is ${candidates.map((it) => `${it.status} (${it.reason})`)}`
    return undefined
  }

  /** A person lets it go on: the errors of before count no more. */
  opens(campaign: ModelCampaign): void {
    campaign.stopped = false
    this.#errors.delete(campaign.text)
  }

  /** A process started, which knows nothing of what an earlier one has counted. */
  started(): void {
    this.#errors.clear()
  }

  /** The account was logged out or restricted: nothing goes on before a person says so. */
  stopAll(): void {
    for (const it of this.campaigns) {
      if (it.opening > 0 || it.stopped) continue
      it.stopped = true
      it.stoppedInMemory = true
    }
  }

  /** What was to be written down is. */
  settled(): void {
    for (const it of this.campaigns) it.stoppedInMemory = false
  }

  /** The process is gone, and with it what it had not written down. */
  crashed(): void {
    for (const it of this.campaigns) {
      if (it.stoppedInMemory) it.stopped = it.stoppedInMemory = false
    }
  }

  /** A row is seen. Answers what is wrong with where it came from. */
  follow(id: number, state: State): string | undefined {
    const before = this.#last.get(id)
    this.#last.set(id, state)
    const onward = before && forward[before]
    return onward && !onward.includes(state) ? `row ${id} went from ${before} to ${state}` : undefined
  }

  /** A person has decided about rows: those may go where they please once. */
  released(ids: Iterable<number>): void {
    for (const id of ids) this.#last.delete(id)
  }

  keepBackup(): void {
    this.#backup = structuredClone(this.campaigns)
  }

  get hasBackup(): boolean {
    return this.#backup !== undefined
  }

  /** What was done since the backup is forgotten; that somebody was sent to is not. Answers the campaigns that are no more. */
  restore(): void {
    this.campaigns = structuredClone(this.#backup!)
    this.#last.clear()
    for (const it of this.campaigns) {
      it.stopped = true
      it.stoppedInMemory = false
      it.opening = 0
    }
  }

  /** Notes a request of a person, and whether it is known to have been done. */
  turned({ turns }: ModelCampaign, action: Action, sure: boolean): void {
    turns[action][sure ? 'sure' : 'maybe']++
  }

  #allow(text: string, chatId: string): void {
    add(this.#allowed, `${text} ${chatId}`, 1)
  }
}

export function newCampaign(id: string, text: string, policy: Policy): ModelCampaign {
  return {
    id,
    text,
    policy,
    recipients: new Set(),
    turns: noTurns(),
    status: 'draft',
    reason: null,
    stopped: true,
    stoppedInMemory: false,
    opening: 0,
  }
}

/** Where a row may be found later; states that are not here lead anywhere. */
const forward: Partial<Record<State, readonly State[]>> = {
  waiting: ['waiting', 'sent', 'delivered', 'read', 'failed', 'held', 'skipped'],
  sent: ['sent', 'delivered', 'read'],
  delivered: ['delivered', 'read'],
  read: ['read'],
  failed: ['failed'],
  skipped: ['skipped'],
  cancelled: ['cancelled'],
  held: ['held', 'sent', 'delivered', 'read', 'failed'],
}

/** After the fifth error in a row a campaign stops; what was under way beside it had begun before. */
const mostErrors = 4

function errorsAfter(errors: number, conduct: Conduct): number {
  if (['refused', 'refuse-by-ack', 'fail', 'accept-and-fail'].includes(conduct)) return errors + 1
  return conduct === 'accept' ? 0 : errors
}

function add(counts: Map<string, number>, key: string, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n)
}
