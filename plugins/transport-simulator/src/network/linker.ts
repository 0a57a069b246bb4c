import { hash } from 'node:crypto'
import { fail } from '@waqtor/contracts'
import type { Scan } from '../contract.ts'
import { parseAddress } from './addresses.ts'
import { makePairingCode, makeQr, QR_LIFE_MS, sameCode } from './link-codes.ts'
import type { LinkedSession } from './linked-session.ts'
import { failed, type Outcome } from './operations.ts'
import type { Outbox } from './outbox.ts'
import type { Phone } from './phone.ts'
import type { Phones } from './phones.ts'
import type { World } from './world.ts'

/** Links pages to phones, and unlinks them. */
export class Linker {
  readonly #world: World
  readonly #phones: Phones
  readonly #outbox: Outbox
  #keys = 0

  constructor(world: World, phones: Phones, outbox: Outbox) {
    this.#world = world
    this.#phones = phones
    this.#outbox = outbox
  }

  /** A page came up: it goes on with its pairing where that still stands, and else is linked anew. */
  connect(session: LinkedSession): void {
    const { phone, opening } = session
    if (opening.pairing !== null && opening.pairing === phone.pairing) this.#ready(session)
    else if (opening.autoPair) this.#link(session)
    else this.#showQr(session)
  }

  showCode(session: LinkedSession, phoneNumber: string): Outcome {
    const { phone } = session
    if (session.state !== 'pairing') return failed('refused', 'the account is not waiting to be linked')
    const address = parseAddress(phoneNumber)
    if (!address || address.isGroup) return failed('invalid-number', `'${phoneNumber}' is not a phone number`)
    this.#phones.renumber(phone, address.digits)
    session.code = makePairingCode(...this.#freshKey(phone))
    session.tell({ type: 'pairing-code', code: session.code })
    return { ok: session.code }
  }

  /** @throws WaqtorError WAQ_CONFLICT (409) when there is nothing to scan, or something else by now */
  scan({ instance, qr, code }: Scan): Phone {
    const phone = this.#phones.known(instance)
    const { session } = phone
    if (session?.state !== 'pairing' || !phone.awake) {
      throw fail('WAQ_CONFLICT', `instance '${instance}' shows nothing to scan`)
    }
    if (qr !== undefined && qr !== session.qr) throw fail('WAQ_CONFLICT', 'the page shows a newer QR by now')
    if (code !== undefined && !(session.code !== undefined && sameCode(code, session.code))) {
      throw fail('WAQ_CONFLICT', 'the page does not show this pairing code')
    }
    this.#link(session)
    return phone
  }

  unlink(phone: Phone): void {
    if (phone.pairing === null) return
    this.#setPairing(phone, null)
    phone.session?.drop('the phone has unlinked the account', true)
    this.#outbox.cancel(phone)
    phone.forgetMissed()
  }

  #showQr(session: LinkedSession): void {
    const { phone } = session
    session.state = 'pairing'
    session.qr = makeQr(...this.#freshKey(phone))
    session.tell({ type: 'qr', qr: session.qr })
    this.#world.agenda.in(QR_LIFE_MS, () => {
      if (session.state === 'pairing' && session.code === undefined) this.#showQr(session)
    })
  }

  /** What an earlier page still held is gone with it. */
  #link(session: LinkedSession): void {
    const { phone } = session
    this.#outbox.cancel(phone)
    phone.forgetMissed()
    phone.generation++
    const secret = hash('sha256', this.#freshKey(phone).join('|')).slice(0, 16)
    this.#setPairing(phone, `${phone.instance}.${phone.generation}.${secret}`)
    this.#ready(session)
  }

  #ready(session: LinkedSession): void {
    const { phone } = session
    session.state = 'ready'
    session.tell({ type: 'authenticated' })
    session.tell({ type: 'ready', info: phone.info, pairing: phone.pairing! })
    const { restrict } = phone.behaviour
    if (restrict !== null) session.tell({ type: 'restricted', reason: restrict })
    phone.catchUp()
  }

  /** What codes and pairings are drawn from; never twice the same. */
  #freshKey({ instance, generation }: Phone): readonly (string | number)[] {
    return [this.#world.identity, instance, generation, this.#keys++]
  }

  #setPairing(phone: Phone, pairing: string | null): void {
    phone.pairing = pairing
    const { instance, generation, number } = phone
    this.#world.attempt(() => this.#world.journal.paired?.(instance, { pairing, generation, number }))
  }
}
