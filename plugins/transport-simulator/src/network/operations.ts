import type { SendFailure, SendReceipt, SentAnswer, TransportFact } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'
import { Card, MediaKind } from '../contract/content.ts'

const Id = z.string().min(1).max(200)
const Address = z.string().min(1).max(64)
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)
/** As long as WhatsApp lets a text be, in characters. */
export const BODY_LIMIT = 65_536

/** Files travel in pieces of so many bytes. */
export const PIECE_BYTES = 384 * 1_024
const Piece = z.base64().max(Math.ceil(PIECE_BYTES / 3) * 4)

const Action = z.discriminatedUnion('do', [
  z.object({ do: z.literal('react'), messageId: Id, emoji: z.string().max(64) }),
  z.object({ do: z.literal('edit'), messageId: Id, body: z.string().max(BODY_LIMIT) }),
  z.object({ do: z.literal('delete'), messageId: Id, forEveryone: z.boolean() }),
  z.object({ do: z.literal('seen'), chatId: Address }),
  z.object({ do: z.literal('typing'), chatId: Address, state: z.enum(['typing', 'recording', 'paused']) }),
])

/**
 * What the session of an account may ask of the network. A file travels once, by itself; a message names it by its hash, so
 * that a campaign with a picture sends that picture once.
 */
export const Operation = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('send'),
    chatId: Address,
    body: z.string().max(BODY_LIMIT),
    messageId: Id.optional(),
    media: z
      .object({
        kind: MediaKind,
        sha256: Sha256,
        mimeType: z.string().max(255),
        bytes: z.int().nonnegative(),
        filename: z.string().max(1_000).exactOptional(),
      })
      .optional(),
    card: Card.optional(),
    forwardOf: Id.optional(),
  }),
  /** A piece of a file; the last one makes it whole. */
  z.object({ do: z.literal('upload'), sha256: Sha256, offset: z.int().nonnegative(), data: Piece, last: z.boolean() }),
  /** A piece of the file of a message. */
  z.object({ do: z.literal('download'), messageId: Id, maxBytes: z.number(), offset: z.int().nonnegative() }),
  z.object({ do: z.literal('act'), action: Action }),
  z.object({
    do: z.literal('find'),
    chatId: Address,
    bodyHash: Sha256,
    messageId: Id.optional(),
    anchor: Id.nullable().optional(),
    notBefore: z.number(),
  }),
  z.object({ do: z.literal('newest'), chatId: Address }),
  z.object({ do: z.literal('resolve'), chatId: Address }),
  z.object({ do: z.literal('code'), phoneNumber: Address }),
  z.object({ do: z.literal('logout') }),
  z.object({ do: z.literal('ping') }),
])
export type Operation = z.output<typeof Operation>
export type SendOperation = Extract<Operation, { do: 'send' }>
export type FindOperation = Extract<Operation, { do: 'find' }>

export interface DownloadPiece {
  readonly mimeType: string
  readonly filename: string | null
  /** Of the whole file. */
  readonly bytes: number
  /** In base64. */
  readonly data: string
}

/** What each operation answers when it goes well. */
export interface Results {
  send: SendReceipt
  upload: null
  download: DownloadPiece | null
  act: null
  find: SentAnswer
  newest: string | null
  resolve: string | null
  code: string
  logout: null
  ping: null
}

export type Outcome<K extends keyof Results = keyof Results> =
  | { readonly ok: Results[K] }
  | { readonly failure: SendFailure; readonly message: string }

export type Answer = (outcome: Outcome) => void

/** How a session begins. */
export const Opening = z.object({
  instance: z.string().min(1).max(63),
  /** The pairing that the account remembers; the phone knows whether it still stands. */
  pairing: z.string().max(200).nullable(),
  /** The phone links the account by itself where a person would have to scan. */
  autoPair: z.boolean(),
})
export type Opening = z.output<typeof Opening>

export type Report = (fact: TransportFact) => void

/** An account's line into the network. It is dead after a `disconnected` fact, and silent after `close`. */
export interface Session {
  /** The answer may never come: that is one of the things that happen to messages. */
  request(operation: Operation, answer: Answer): void
  close(): void
}

export function failed(failure: SendFailure, message: string): Outcome {
  return { failure, message }
}
