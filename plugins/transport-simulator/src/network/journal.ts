import type { MessageKind } from '@waqtor/contracts'
import type { Change } from './change.ts'
import type { Content } from './content.ts'

/** One message that the network has accepted, in the order in which the fields stand in the log. */
export interface Acceptance {
  /** ISO 8601, by the clock of the network. */
  readonly time: string
  readonly instance: string
  readonly to: string
  readonly messageId: string
  readonly bodyHash: string
  readonly body: string
  /** Where it is no text. */
  readonly kind?: MessageKind
}

/** What a phone keeps of a message beside what the log says. */
export interface Kept extends Acceptance, KeptContent {}

/** Of a message that is more than its text. */
export type KeptContent = { readonly [K in 'file' | 'card']?: NonNullable<Content[K]> } & {
  readonly kind?: MessageKind
  readonly forwarded?: true
}

export function keptOf({ kind, file, card, forwarded }: Content): KeptContent {
  return {
    ...(kind !== 'text' && { kind }),
    ...(file !== null && { file }),
    ...(card !== null && { card }),
    ...(forwarded && { forwarded }),
  }
}

export function contentOf({ body, kind = 'text', file, card, forwarded }: KeptContent & { body: string }): Content {
  return { kind, body, file: file ?? null, card: card ?? null, forwarded: forwarded ?? false }
}

/** A message that a phone received, or wrote itself. */
export interface Reception extends KeptContent {
  readonly time: string
  readonly instance: string
  /** The chat. */
  readonly from: string
  readonly author?: string
  readonly messageId: string
  readonly body: string
  readonly fromMe?: true
}

/** What happened to a message that a phone has. */
export interface ChangeRecord {
  readonly time: string
  readonly instance: string
  readonly chat: string
  readonly messageId: string
  /** Who did it. */
  readonly by: string
  readonly change: Change
}

export interface PairingRecord {
  /** Null: the phone has unlinked the account. */
  readonly pairing: string | null
  readonly generation: number
  readonly number: string
}

/** What a phone remembers of an earlier life. */
export interface PhoneRecord extends PairingRecord {
  readonly entries: readonly (Kept | Reception | ChangeRecord)[]
  /** Older messages than these were forgotten. */
  readonly truncated: boolean
}

/** Where the network writes down what happens. */
export interface Journal {
  /**
   * Messages of one account, written before anybody is told. What cannot be written down is not accepted.
   * @throws when nothing was written
   */
  accepted(entries: readonly Kept[]): void
  received?(entry: Reception): void
  changed?(entry: ChangeRecord): void
  paired?(instance: string, record: PairingRecord): void
  recall?(instance: string): PhoneRecord | undefined
  close(): void
}

/** Writes nothing down: for a network whose log nobody asked for. */
export class NoJournal implements Journal {
  accepted(): void {}
  close(): void {}
}

/** The fields of the log and no others, in their order. */
export function acceptanceOf({ time, instance, to, messageId, bodyHash, body, kind }: Kept): Acceptance {
  return { time, instance, to, messageId, bodyHash, body, ...(kind !== undefined && { kind }) }
}
