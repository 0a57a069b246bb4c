import type { SendFailure, SendReceipt, SentAnswer, TransportFact } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'

const Id = z.string().min(1).max(200)
const Address = z.string().min(1).max(64)
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)
/** As long as WhatsApp lets a text be, in characters. */
export const BODY_LIMIT = 65_536

/**
 * What the session of an account may ask of the network. Files do not travel: the network only needs to know them again,
 * so their hash goes instead.
 */
export const Operation = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('send'),
    chatId: Address,
    body: z.string().max(BODY_LIMIT),
    messageId: Id.optional(),
    media: z
      .object({ kind: z.enum(['image', 'video', 'audio', 'voice', 'document', 'sticker']), sha256: Sha256 })
      .optional(),
  }),
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

/** What each operation answers when it goes well. */
export interface Results {
  send: SendReceipt
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
