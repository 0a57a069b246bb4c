import type { OutgoingCard, OutgoingMedia, TransportProvider } from '@waqtor/contracts'

/** One line of the network's own log. */
export interface AcceptedMessage {
  readonly instance: string
  readonly to: string
  readonly messageId: string
  readonly bodyHash: string
  /** Of a card: `cardText(card)`. */
  readonly body: string
  /** `text` when absent. */
  readonly kind?: string
}

/** A message that somebody writes to an account. */
export interface Letter {
  readonly instance: string
  /** A person's chat id. */
  readonly from: string
  /** The caption where there is a file; not given with a card. */
  readonly text?: string
  readonly media?: OutgoingMedia
  readonly card?: OutgoingCard
  /** The group that it is written in. */
  readonly group?: string
}

/** What happens to messages elsewhere than in the transport. Ids are those that the transport reported or answered. */
export type Deed = { readonly instance: string } & (
  | { /** The account's own phone writes. */ readonly write: { readonly to: string; readonly text: string } }
  /** Without `from` it is the account's own phone that does it. */
  | { readonly react: { readonly messageId: string; readonly emoji: string; readonly from?: string } }
  /** By whoever wrote the message. */
  | { readonly edit: { readonly messageId: string; readonly text: string } }
  | { readonly delete: { readonly messageId: string } }
  | { readonly vote: { readonly messageId: string; readonly options: readonly string[]; readonly from: string } }
)

/** What can go wrong, or right again, for one account. What is not named stays as it is. */
export interface Faults {
  readonly instance: string
  readonly latencyMs?: number
  readonly ackDelayMs?: number
  readonly refuseRate?: number
  readonly dropAnswerRate?: number
  readonly dropAckRate?: number
  readonly history?: 'full' | 'delayed' | 'empty'
  readonly restrict?: boolean
  readonly disconnect?: boolean
  readonly hang?: boolean
  readonly logout?: boolean
}

/** The network that a transport is tested against, seen from the other side. */
export interface World extends AsyncDisposable {
  /** Links new accounts by itself. */
  readonly provider: TransportProvider
  /** Shows a QR and waits for the phone. */
  readonly unpaired: TransportProvider
  /** The transport sends no message whose id the chat shows already. */
  readonly looksFirst?: boolean
  control(faults: Faults): Promise<unknown>
  deliver(letter: Letter): Promise<unknown>
  phone(deed: Deed): Promise<unknown>
  /** The phone links the account: by the QR or the pairing code that it shows. */
  scan(link: { readonly instance: string; readonly qr?: string; readonly code?: string }): Promise<unknown>
  /** What the network accepted, oldest first, by its own log: the judge of every test. */
  accepted(instance: string): Promise<readonly AcceptedMessage[]>
}
