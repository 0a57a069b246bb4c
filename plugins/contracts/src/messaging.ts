import { type BailHook, type Call, defineService, type WaterfallHook } from '@waqtor/kernel'
import type { Tx } from './database.ts'
import type { IncomingMessage, OutgoingMedia } from './transport.ts'

export type MessageSource = 'api' | 'campaign' | 'smartbot' | 'interactive' | 'phone'

export interface SendResult {
  readonly messageId: string
  /** Milliseconds. */
  readonly timestamp: number
}

export interface SendTextRequest {
  readonly instance: string
  /** Chat id or phone number. */
  readonly chatId: string
  readonly text: string
  readonly options?: {
    readonly quotedMessageId?: string
    readonly mentionedIds?: readonly string[]
    readonly linkPreview?: boolean
  }
}

/** A message on its way out, as the outgoing hook sees it. */
export interface OutgoingDraft {
  readonly instance: string
  readonly chatId: string
  readonly source: MessageSource
  readonly campaignId?: string
  readonly body: string
  readonly media?: OutgoingMedia
}

export interface Messaging {
  readonly hooks: {
    /** A message came in and is stored. The first tap that answers `true` has handled it. Broken taps are skipped. */
    readonly incoming: BailHook<[message: IncomingMessage & { readonly instance: string }], true>
    /** A message is about to go out. A tap may change it, or throw a WaqtorError to stop it. Fails closed. */
    readonly outgoing: WaterfallHook<OutgoingDraft>
  }
  /** Sends through the outbox; resolves when the network has accepted it. Acts for the caller in `call`. */
  sendText(request: SendTextRequest, call: Call): Promise<SendResult>
  /** Canonical chat id of anything that a caller may write. @throws WaqtorError WAQ_CHAT_ID_INVALID (400) */
  normalizeChatId(address: string): string
}

export const Messaging = defineService<Messaging>('messaging')

/** States of one message in the outbox; a campaign's recipient is such a row. */
export type OutboxState =
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

/** States in which the last word about a row is not spoken yet. */
export const openOutboxStates: ReadonlySet<OutboxState> = new Set<OutboxState>([
  'queued',
  'claimed',
  'sending',
  'unknown',
  'reconciling',
  'waiting',
  'held',
])

/** How many rows of a queue went from one state to another, in one transaction. */
export interface OutboxShift {
  readonly queue: string
  readonly from: OutboxState
  readonly to: OutboxState
  readonly reason: string | null
  readonly count: number
}

/** A row that is about to be rendered. */
export interface OutboxRow {
  readonly id: number
  readonly queue: string
  readonly chatId: string
  /** What the lane stored with the row, as JSON text. */
  readonly payload: string
}

export interface RenderedMessage {
  readonly body: string
  readonly media?: OutgoingMedia
  readonly quotedMessageId?: string
  readonly mentionedIds?: readonly string[]
  readonly linkPreview?: boolean
}

export interface OutboxRecipient {
  /** Canonical. */
  readonly chatId: string
  readonly payload: string
}

/** Somebody who puts rows into the outbox and renders them at the last moment. */
export interface OutboxLane {
  readonly source: MessageSource
  render(instance: string, row: OutboxRow): RenderedMessage | Promise<RenderedMessage>
  /** Told inside the transaction of every change; counters that must never lie are kept here. */
  shifted(tx: Tx, shifts: readonly OutboxShift[]): Promise<void>
  /** Told after a queue stopped itself: too many errors, a restriction, a log-out. The queue is closed already, in `tx`. */
  halted?(tx: Tx, queue: string, reason: string): Promise<void>
}

export interface OutboxQueue {
  readonly id: string
  readonly source: MessageSource
  /** Rows go out only while the queue is open. */
  readonly open: boolean
  /** Sends under way at once; the transport's own limit holds as well. */
  readonly inFlight: number
  /** Pause between two sends, in milliseconds. */
  readonly gapMs: number
}

/** A row as those who follow it see it. Times are milliseconds. */
export interface OutboxEntry {
  readonly id: number
  readonly chatId: string
  readonly state: OutboxState
  readonly reason: string | null
  readonly attempt: number
  readonly payload: string
  readonly messageId: string | null
  readonly sentAt: number | null
  readonly deliveredAt: number | null
  readonly readAt: number | null
}

export interface OutboxEntryQuery {
  /** Rows after this id. */
  readonly after: number
  readonly limit: number
  readonly state?: OutboxState
}

/** The one durable way out. All writing happens inside the caller's transaction on the instance's file. */
export interface Outbox {
  /** Returns the undo. */
  lane(lane: OutboxLane): () => void
  setQueue(tx: Tx, queue: OutboxQueue): Promise<void>
  /** Opens or closes a queue; closing stops it at once: no send begins after the commit. */
  openQueue(tx: Tx, queue: string, open: boolean): Promise<void>
  /** Adds recipients; answers how many were new. A chat that the queue has already is passed over. */
  add(tx: Tx, queue: string, recipients: readonly OutboxRecipient[]): Promise<number>
  /** Everything not yet sending becomes `cancelled`; answers how many. */
  cancel(tx: Tx, queue: string): Promise<number>
  /** Removes a queue with all its rows. */
  drop(tx: Tx, queue: string): Promise<void>
  /** Counts by state, from the rows themselves. */
  count(instance: string, queue: string): Promise<Partial<Record<OutboxState, number>>>
  /** Rows of a queue in their order, by keyset. */
  entries(instance: string, queue: string, query: OutboxEntryQuery): Promise<OutboxEntry[]>
}

export const Outbox = defineService<Outbox>('outbox')
