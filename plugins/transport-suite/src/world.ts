import type { TransportProvider } from '@waqtor/contracts'

/** One line of the network's own log. */
export interface AcceptedMessage {
  readonly instance: string
  readonly to: string
  readonly messageId: string
  readonly bodyHash: string
  readonly body: string
}

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
  control(faults: Faults): Promise<unknown>
  deliver(message: { readonly instance: string; readonly from: string; readonly text: string }): Promise<unknown>
  /** The phone links the account: by the QR or the pairing code that it shows. */
  scan(link: { readonly instance: string; readonly qr?: string; readonly code?: string }): Promise<unknown>
  /** What the network accepted, oldest first, by its own log: the judge of every test. */
  accepted(instance: string): Promise<readonly AcceptedMessage[]>
}
