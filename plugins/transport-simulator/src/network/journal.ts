import type { MessageKind } from '@waqtor/contracts'

/** One message that the network has accepted, in the order in which the fields stand in the log. */
export interface Acceptance {
  /** ISO 8601, by the clock of the network. */
  readonly time: string
  readonly instance: string
  readonly to: string
  readonly messageId: string
  readonly bodyHash: string
  readonly body: string
}

/** What a phone keeps of a message beside what the log says. */
export interface Kept extends Acceptance {
  readonly kind?: MessageKind
  readonly media?: string
}

/** A message that a phone received. */
export interface Reception {
  readonly time: string
  readonly instance: string
  /** The chat. */
  readonly from: string
  readonly author?: string
  readonly messageId: string
  readonly body: string
}

export interface PairingRecord {
  /** Null: the phone has unlinked the account. */
  readonly pairing: string | null
  readonly generation: number
  readonly number: string
}

/** What a phone remembers of an earlier life. */
export interface PhoneRecord extends PairingRecord {
  readonly messages: readonly (Kept | Reception)[]
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
export function acceptanceOf({ time, instance, to, messageId, bodyHash, body }: Kept): Acceptance {
  return { time, instance, to, messageId, bodyHash, body }
}
