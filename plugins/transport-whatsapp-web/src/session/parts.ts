import type { TransportFact, TransportSetup } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import { AddressBook } from '../files/address-book.ts'
import type { InboxFile } from '../files/inbox-file.ts'
import type { End } from '../library/end.ts'
import type { Client, Library } from '../library/library.ts'
import { Looker } from '../looking/looker.ts'
import { AckBook } from '../mapping/acks.ts'
import type { Me } from '../mapping/incoming.ts'
import { AckWaits } from '../sending/ack-waits.ts'
import { Actor } from '../sending/actor.ts'
import { Sender } from '../sending/sender.ts'
import { Addresses } from './addresses.ts'
import { Numbers } from './numbers.ts'
import { PageAccess } from './page-access.ts'
import { Receiver } from './receiver.ts'
import type { Shared } from './shared.ts'

/** What works with the page of one connection. */
export interface Parts {
  readonly page: PageAccess
  readonly numbers: Numbers
  readonly sender: Sender
  readonly receiver: Receiver
  readonly actor: Actor
  readonly looker: Looker
}

/** What the parts know of their connection, and what they tell it. */
export interface PartsOptions {
  readonly client: Client
  readonly library: Library
  readonly shared: Shared
  readonly setup: TransportSetup
  readonly inbox: InboxFile
  readonly me: () => Me | undefined
  /** It is ready, and not over. */
  readonly isOpen: () => boolean
  /** What was handed to a browser before this moment may have been lost. Milliseconds since 1970. */
  readonly doubtUntil: () => number
  /** Of the connection. */
  readonly end: End
  readonly report: (fact: TransportFact) => void
  /** Throws while WhatsApp restricts the account, which the page's state tells. */
  readonly checkAllowed: (state: string | null) => void
  /** The page holds on to a message that it was given. */
  readonly stuck: () => void
  /** The page gave a message another id than the one drawn for it. */
  readonly idNotHonoured: () => void
  /** Something came from the network. */
  readonly heard: () => void
}

/** Makes what works with the page of one connection, and puts it together. */
export function assembleParts(options: PartsOptions): Parts {
  const { client, library, shared, setup, inbox, me, isOpen, end, heard, report } = options
  const { mediaGate, log } = shared
  const { limits } = shared.options
  const { lookMs, mediaMs } = limits
  const page = new PageAccess(client, isOpen)
  const addresses = new Addresses(new AddressBook(setup.directory), page, me)
  const acks = new AckBook()
  const waits = new AckWaits()
  const numbers = new Numbers(page, lookMs)
  const { checkAllowed, stuck, idNotHonoured } = options
  const handing = { library, page, addresses, numbers, acks, waits, limits, mediaGate, end }
  const sender = new Sender({ ...handing, checkAllowed, stuck, idNotHonoured })
  const receiver = new Receiver({
    page,
    addresses,
    inbox,
    acks,
    lookMs,
    report,
    takenBySend: (wireId, messageId) => waits.take(wireId, acks.get(messageId)),
    isOwn: (wireId) => sender.isOwn(wireId),
    settled: () => sender.settled(),
    failed: (error) => {
      const { instance } = setup
      if (isOpen()) log.warn('something that came in could not be read', { instance, problem: messageOf(error) })
    },
    heard,
  })
  const inTurn = <T>(work: () => Promise<T>) => sender.inTurn(work)
  const actor = new Actor({ page, addresses, lookMs, mediaMs, mediaGate, inTurn })
  const looker = new Looker({
    page,
    addresses,
    lookMs,
    doubtUntil: options.doubtUntil,
    settled: () => sender.settled(),
    isHung: () => sender.isHung,
  })
  return { page, numbers, sender, receiver, actor, looker }
}
