import type { GatedRow, MessageKind, OutboxRow, OutboxState } from '@waqtor/contracts'

/**
 * A row that this process has taken to send it. A claim is kept in memory: on the disk such a row is still `queued`. Gates and
 * lanes are shown the very object: a copy for each would be a third of what a message leaves behind in memory.
 */
export interface ClaimedRow extends GatedRow, OutboxRow {
  /** Drawn for an earlier attempt: the next one carries the same, so that whichever arrives is found under it. */
  readonly message_id: string | null
  /** See `isRestored`. */
  readonly reason: string | null
  /** Of the account at the backup, where the row comes from one. */
  readonly pairing: string | null
  readonly created_at: number
}

/** It comes from a backup, and may have been sent since that was made: it is looked for before anything else. */
export function isRestored({ reason }: ClaimedRow): boolean {
  return reason === 'restored'
}

/** Everything that is written when a row begins to be sent, or, where it may have been sent already, to be looked for. */
export interface Beginning {
  readonly id: number
  readonly queue: string
  readonly to: 'sending' | 'unknown'
  readonly body: string
  readonly bodyHash: string
  readonly kind: MessageKind
  /** Newest message of the chat before the send; `null` where the chat was empty or an id was drawn, `''` where it is not known. */
  readonly anchor: string | null
  readonly pairing: string
  readonly messageId: string | null
  /** When it may have been sent, where that is to be found out; absent for what begins now. Milliseconds. */
  readonly since?: number
}

/** One row's step from a known state to the next. */
export interface Step {
  readonly id: number
  readonly queue: string
  readonly from: OutboxState
  readonly to: OutboxState
  readonly reason: string | null
  readonly messageId?: string
  /** When the network took it, was handed it, or showed it. */
  readonly at?: number
  /** What else its row says, where whoever knows the step knows that as well. */
  readonly row?: Pick<SentRow, 'part' | 'chat_id' | 'message_id' | 'kind'>
}

/** A row whose fate is open. */
export interface OpenRow {
  readonly id: number
  readonly queue: string
  readonly chat_id: string
  readonly state: OutboxState
  readonly body: string
  readonly body_hash: string
  readonly kind: MessageKind
  readonly anchor: string | null
  readonly pairing: string
  readonly message_id: string | null
  readonly sending_at: number
  readonly reason: string | null
}

/** What a message row is made of once the network has the message. */
export interface SentRow {
  readonly id: number
  readonly queue: string
  readonly part: number
  readonly chat_id: string
  readonly message_id: string | null
  readonly kind: MessageKind
  readonly sent_at: number
  readonly state: OutboxState
  readonly reason: string | null
}
