import type { DoubleAddress } from '@waqtor/whatsapp-web-double'

/** One round of one contestant. */
export interface RoundTask {
  readonly double: DoubleAddress
  /** Chromium's program. */
  readonly executablePath: string
  /** An empty directory on a disk. */
  readonly directory: string
  /** The name of the account in the double. */
  readonly account: string
  readonly texts: number
  /** The bare library: a send is over once the network has the message, not once the page has it. */
  readonly untilAccepted?: boolean
}

/** How it went. */
export interface RoundResult {
  /** From the start of the library, which is loaded on the way, to the first QR. */
  readonly qrMs: number
  /** From a start with a kept pairing to ready; the page is synchronised once the library listens. */
  readonly readyMs: number
  /** The same, where the page is synchronised before the library listens, which the library never notices by itself. */
  readonly missedMs: number
  /** Texts a second, one after another. */
  readonly perSecond: number
  /** After the texts: the proportional set size of Chromium's processes, and what the Node process holds. */
  readonly chromiumMb: number
  readonly nodeMb: number
  /** What Chromium was started with, but for where its profile is. */
  readonly chromiumArgs: readonly string[]
}

const people = 20

/** The people take turns. */
export function chatOf(index: number): string {
  return `2010${String(20_000_000 + (index % people))}@c.us`
}
