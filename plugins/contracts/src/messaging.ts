import { type BailHook, type Call, defineService, type Principal, type WaterfallHook, z } from '@waqtor/kernel'
import type { Statements, Tx } from './database.ts'
import type { IncomingMessage, MessageKind, OutgoingCard, OutgoingMedia } from './transport.ts'

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

export interface SendMediaRequest {
  readonly instance: string
  /** Chat id or phone number. */
  readonly chatId: string
  readonly media: OutgoingMedia
  readonly caption: string
  readonly options?: SendTextRequest['options']
}

export interface SendCardRequest {
  readonly instance: string
  /** Chat id or phone number. */
  readonly chatId: string
  readonly card: OutgoingCard
}

export interface ForwardRequest {
  readonly instance: string
  /** Of a message that is stored here. */
  readonly messageId: string
  /** Who gets it: chat id or phone number. */
  readonly chatId: string
}

/** As an input field, where a caller names a file by where it is. */
export const MediaUrl = z
  .string()
  .max(2_048)
  .regex(/^https?:\/\//i, 'must begin with http:// or https://')

/** A file by where it is, and how it is to be sent. */
export interface MediaSource {
  readonly url: string
  /** By its content when absent. */
  readonly kind?: OutgoingMedia['kind'] | undefined
  /** The last part of the URL's path when absent. */
  readonly filename?: string | undefined
}

/** A file that was fetched and stored; `Files` has it. */
export interface FetchedFile {
  readonly fileId: string
  readonly kind: OutgoingMedia['kind']
  readonly filename: string
  readonly mimeType: string
}

/** A message on its way out, as the outgoing hook sees it. */
export interface OutgoingDraft {
  readonly instance: string
  readonly chatId: string
  readonly source: MessageSource
  readonly campaignId?: string
  /** Of a card or a forward it only says what goes out: a change of it is not heeded. */
  readonly body: string
  readonly media?: OutgoingMedia
  readonly card?: OutgoingCard
  /** The message that is passed on. */
  readonly forwardOf?: string
}

/** Somebody whose own records must say the same as the stored messages, at every instant. */
export interface InboxWitness {
  /** Shown in errors. */
  readonly name: string
  /**
   * Told of new incoming messages inside the transaction that stores them, before anybody else hears of them. When it
   * throws, nothing of the batch is stored and the messages come again.
   */
  stored(tx: Tx, messages: readonly IncomingMessage[]): Promise<void>
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
  /** As `sendText`, with a file. */
  sendMedia(request: SendMediaRequest, call: Call): Promise<SendResult>
  /** As `sendText`, with a location, a contact or a poll. */
  sendCard(request: SendCardRequest, call: Call): Promise<SendResult>
  /** As `sendText`, with a message that is there already. @throws WaqtorError WAQ_NOT_FOUND (404), WAQ_CONFLICT (409) */
  forward(request: ForwardRequest, call: Call): Promise<SendResult>
  /**
   * Fetches a file from an address that somebody named, once, as far as outgoing requests may go, and stores it as a file of
   * `owner`; `null` where it is a plugin's own.
   * @throws WaqtorError WAQ_MEDIA_INVALID (400), also where no plugin stores files; WAQ_MEDIA_TOO_LARGE (413);
   * WAQ_URL_INVALID, WAQ_URL_REFUSED (400), WAQ_OUTGOING_FAILED (502), WAQ_OUTGOING_TIMEOUT (504): nothing is stored then
   */
  fetchFile(source: MediaSource, owner: Principal | null, signal: AbortSignal): Promise<FetchedFile>
  /** Takes part in the storing of incoming messages. Returns the undo. */
  witness(witness: InboxWitness): () => void
  /** Canonical chat id of anything that a caller may write. @throws WaqtorError WAQ_CHAT_ID_INVALID (400) */
  normalizeChatId(address: string): string
  /** Country of numbers without a country code, as ISO 3166. */
  readonly defaultCountry: string | undefined
}

export const Messaging = defineService<Messaging>('messaging')

/**
 * States of one message in the outbox; a campaign's recipient is such a row. `claimed` is a state of this process only: on
 * the disk such a row is `queued`, and no shift tells of it.
 */
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
  /** As the lane stored it with the rows. */
  readonly part: number
  readonly from: OutboxState
  readonly to: OutboxState
  readonly reason: string | null
  readonly count: number
}

/** A row that is about to be rendered. */
export interface OutboxRow {
  readonly id: number
  readonly queue: string
  /** A number of the lane's own that its shifts are counted by: which variant of a campaign, for one. */
  readonly part: number
  readonly chatId: string
  /** What the lane stored with the row, as JSON text. */
  readonly payload: string
}

export interface RenderedMessage {
  /** Of a card: `cardText(card)`. */
  readonly body: string
  readonly media?: OutgoingMedia
  readonly card?: OutgoingCard
  /** The message that is passed on, and what it is. */
  readonly forward?: { readonly messageId: string; readonly kind: MessageKind }
  readonly quotedMessageId?: string
  readonly mentionedIds?: readonly string[]
  readonly linkPreview?: boolean
}

export interface OutboxRecipient {
  /** Canonical. */
  readonly chatId: string
  readonly payload: string
  /** 0 when absent. */
  readonly part?: number
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
  /** When larger than `gapMs`, each pause is drawn at random between the two. */
  readonly gapMaxMs?: number
  /** What becomes of a row whose fate cannot be established; `hold` when absent. */
  readonly onUnknown?: 'hold' | 'resend' | 'skip'
  /** Asks the network whether a number exists before the first send to it; the answer is kept for a week. */
  readonly checkNumbers?: boolean
}

/** A row that stands at the gate. */
export interface GatedRow {
  readonly id: number
  readonly queue: string
  readonly source: MessageSource
  readonly part: number
  readonly chatId: string
}

/**
 * What a gate says of a row; a row it says nothing of may pass. Times are milliseconds since 1970 (UTC).
 * `skip` ends the row with that reason, `notBefore` lets it wait for its moment while others go on, `restUntil` lets its
 * whole queue wait.
 */
export type GateVerdict = { readonly skip: string } | { readonly notBefore: number } | { readonly restUntil: number }

/** Somebody who decides at the last moment whether a row may be sent. A gate that throws stops the turn: nothing is sent. */
export interface OutboxGate {
  /** Shown in errors. */
  readonly name: string
  /**
   * Asked inside the transaction in which rows are claimed, and again in the one in which they become `sending`: it answers
   * alike as long as the facts are alike, and changes nothing.
   */
  check(tx: Tx, rows: readonly GatedRow[], now: number): Promise<ReadonlyMap<number, GateVerdict>>
  /** Told, in the same transaction, which rows have become `sending`: what is counted against a limit is counted here. */
  passed?(tx: Tx, rows: readonly GatedRow[], now: number): Promise<void>
  /** Asked at the very call of the transport, from memory. Answers the reason why the row must not go after all. */
  stops?(instance: string, row: GatedRow): string | undefined
}

/** A row as those who follow it see it. Times are milliseconds. */
export interface OutboxEntry {
  readonly id: number
  readonly queue: string
  readonly part: number
  readonly chatId: string
  readonly state: OutboxState
  readonly reason: string | null
  readonly attempt: number
  /** What was sent, or is being sent; `null` before that. */
  readonly body: string | null
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
  /** Stands in front of the transport. Returns the undo. */
  gate(gate: OutboxGate): () => void
  setQueue(tx: Tx, queue: OutboxQueue): Promise<void>
  /** Opens or closes a queue; closing stops it at once: no send begins after the commit. */
  openQueue(tx: Tx, queue: string, open: boolean): Promise<void>
  /** Adds recipients; answers how many of each part were new. A chat that the queue has already is passed over. */
  add(tx: Tx, queue: string, recipients: readonly OutboxRecipient[]): Promise<ReadonlyMap<number, number>>
  /** Everything of a closed queue that has not begun becomes `cancelled`: thousands at once, the rest in the background. */
  cancel(tx: Tx, queue: string): Promise<void>
  /**
   * A person decides about held rows: all of the queue's, or those named. `sent`: it arrived; `resend`: it goes back to
   * `queued`; `skip`: it is let be. Answers how many.
   */
  resolveHeld(tx: Tx, queue: string, decision: 'sent' | 'resend' | 'skip', ids?: readonly number[]): Promise<number>
  /** Failed rows of a queue go back to `queued`, those for which it is of no use (`not-on-whatsapp`) excepted. Answers how many. */
  retryFailed(tx: Tx, queue: string): Promise<number>
  /** Removes a queue with all its rows, in the background where they are many. */
  drop(tx: Tx, queue: string): Promise<void>
  /** Counts by state, from the rows themselves. */
  count(instance: string, queue: string): Promise<Partial<Record<OutboxState, number>>>
  /** Rows of a queue in their order, by keyset. */
  entries(instance: string, queue: string, query: OutboxEntryQuery): Promise<OutboxEntry[]>
  /** How many rows ended with each reason: failed, skipped and held ones. */
  reasons(instance: string, queue: string): Promise<{ state: OutboxState; reason: string | null; count: number }[]>
  /** The row that each of these WhatsApp messages proves, by message id. Pass the transaction that goes on from there. */
  byMessageId(file: Statements, messageIds: readonly string[]): Promise<ReadonlyMap<string, OutboxEntry>>
  /** The latest row of a source that went to each of these chats, by chat id. */
  latestTo(
    file: Statements,
    source: MessageSource,
    chatIds: readonly string[],
  ): Promise<ReadonlyMap<string, OutboxEntry>>
}

export const Outbox = defineService<Outbox>('outbox')
