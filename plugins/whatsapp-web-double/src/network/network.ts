import { randomBytes } from 'node:crypto'
import type { WebSocket } from 'ws'
import type {
  AcceptedMessage,
  Change,
  Control,
  Delivery,
  DoubleOptions,
  Group,
  PageSettings,
  Scan,
  Signal,
} from '../options.ts'
import { defaultSettings } from '../options.ts'
import { AcceptedLog } from './accepted-log.ts'
import { type Account, Accounts, Pairing } from './accounts.ts'
import { AckCourier } from './ack-courier.ts'
import { answerTo } from './answers.ts'
import { itemFor } from './changes.ts'
import { FaultBook, settingsIn } from './faults.ts'
import type { NetworkFrame, PageFrame } from './frames.ts'
import { Groups } from './groups.ts'
import { incidentFrames } from './incidents.ts'
import { Link } from './link.ts'
import { MediaStore } from './media-store.ts'
import { lidOf, numberOf } from './numbers.ts'
import { bring, keyOf, knownOf, newStanza, type View, written } from './post.ts'
import { accept } from './sending.ts'
import { Traces } from './traces.ts'

const QR_INTERVAL_MS = 20_000

/** The network behind the pages: phones, the pages that are linked to them, and what they write to each other. */
export class Network {
  readonly accounts = new Accounts()
  readonly groups: Groups
  readonly faults: FaultBook
  readonly log: AcceptedLog
  readonly media = new MediaStore()
  readonly traces = new Traces()
  readonly acks: AckCourier
  readonly signals: Signal[] = []
  readonly unregistered = new Set<string>()
  /** Whose number nobody can have. */
  readonly hidden = new Set<string>()
  /** Messages that have left a page and not arrived. */
  underWay = 0
  settings: PageSettings
  readonly #links = new Set<Link>()
  readonly #references: NodeJS.Timeout

  constructor(options: DoubleOptions = {}) {
    this.groups = new Groups(this.accounts)
    this.faults = new FaultBook(options.faults)
    this.log = new AcceptedLog(options.log)
    this.acks = new AckCourier(this.faults)
    this.settings = { ...defaultSettings, ...options.settings }
    this.#references = setInterval(() => this.#renewReferences(), options.qrIntervalMs ?? QR_INTERVAL_MS)
  }

  /** A page has opened its line. */
  open(socket: WebSocket): void {
    const link = new Link(
      socket,
      (it, frame) => this.#heard(it, frame),
      (it) => this.#gone(it),
    )
    this.#links.add(link)
  }

  scan({ qr, code, instance, account, phone }: Scan): Account {
    const link = [...this.#links].find((it) => it.open && isShown(it, qr, code))
    if (!link) throw new Error(qr === undefined ? 'no page shows this code' : 'no page shows this QR')
    const name = instance ?? account
    const number = phone ?? (code === undefined ? undefined : link.code?.phone)
    const scanned = this.#phone(name, number)
    const pairing = new Pairing(scanned)
    scanned.pairings.set(pairing.id, pairing)
    link.references = []
    link.code = undefined
    link.say({ type: 'paired', credentials: pairing.credentials })
    return scanned
  }

  /** @returns the id of the message in the page: `false_<chat>_<id>` */
  deliver(delivery: Delivery): string {
    const account = this.accounts.of(nameIn(delivery))
    const other = numberOf(delivery.from)
    if (other === undefined) throw new Error(`nobody can have the number '${delivery.from}'`)
    if (delivery.lid === 'hidden') this.hidden.add(other)
    const view = this.view(delivery.lid)
    const id = newStanza()
    const message = written(delivery, account, this.media, view, id)
    const key = keyOf(message)
    const { fromMe = false, group, poll } = delivery
    this.traces.keep({
      id,
      from: fromMe ? account.number : other,
      to: group ?? `${fromMe ? other : account.number}@c.us`,
      options: poll?.options ?? [],
      keys: new Map([[account.number, key]]),
    })
    bring(account, {
      what: 'message',
      message,
      unread: !fromMe,
      ...(delivery.pushname !== undefined && { pushname: delivery.pushname }),
      ...(view.known && { known: knownOf(other) }),
    })
    return key
  }

  change(change: Change): void {
    const account = this.accounts.of(nameIn(change))
    if (change.ack !== undefined) {
      this.acks.set(account, change.messageId, change.ack)
      return
    }
    bring(account, itemFor(change, account, this.traces.of(change.messageId)))
  }

  group(group: Group): void {
    this.groups.add(group)
  }

  accepted(name?: string): readonly AcceptedMessage[] {
    return this.log.of(name === undefined ? undefined : this.accounts.of(name).number)
  }

  /** Resolves when the pages that are open behave so. */
  async control(control: Control): Promise<void> {
    const name = control.instance ?? control.account
    const account = name === undefined ? undefined : this.accounts.of(name)
    this.settings = { ...this.settings, ...settingsIn(control) }
    this.faults.change(account?.number, control)
    for (const number of control.unregister ?? []) this.unregistered.add(number)
    const concerned = [...this.#links].filter((it) => !account || it.pairing?.account === account)
    const taken = concerned.map((it) => this.#treat(it, control))
    if (control.logout) for (const it of account ? [account] : this.accounts.all()) it.pairings.clear()
    await Promise.all(taken)
  }

  /** How somebody is shown to a page. */
  view(lid?: boolean | 'hidden'): View {
    const hidden = Boolean(lid) || this.settings.lidChats
    return { address: (number) => (hidden ? lidOf(number) : `${number}@c.us`), known: !lid }
  }

  close(): void {
    clearInterval(this.#references)
    this.acks.close()
    for (const link of this.#links) link.cut()
  }

  #phone(name: string | undefined, number: string | undefined): Account {
    if (name !== undefined && number !== undefined) return this.accounts.rename(name, number)
    return this.accounts.of(number ?? name ?? `phone-${randomBytes(4).toString('hex')}`)
  }

  #heard(link: Link, frame: PageFrame): void {
    switch (frame.type) {
      case 'hello':
        this.#greet(link, frame.pairing, frame.pending)
        return
      case 'synced':
        link.synced = true
        this.#bringWaiting(link)
        return
      case 'received':
        link.pairing?.waiting.delete(frame.number)
        return
      case 'send':
        if (link.pairing) accept(this, link, link.pairing, frame.message)
        return
      case 'ask':
        void answerTo(this, link, frame).then((result) => link.say({ type: 'answer', number: frame.number, result }))
    }
  }

  #greet(link: Link, pairingId: string | null, pending: readonly string[]): void {
    if (pairingId === null) {
      this.#showReference(link)
      return
    }
    const pairing = this.accounts.pairing(pairingId)
    if (!pairing) {
      link.say({ type: 'unlinked', how: 'navigate' })
      return
    }
    const { account } = pairing
    const faults = this.faults.of(account.number)
    if (faults.offline) {
      link.cut()
      return
    }
    this.#replace(pairing)
    pairing.link = link
    link.pairing = pairing
    link.hangs = () => this.faults.of(account.number).hang
    const known = pending.flatMap((key) => {
      const ack = pairing.acks.get(key)
      return ack === undefined ? [] : [{ key, ack }]
    })
    const acks = [...known, ...pairing.recentAcks]
    const early = faults.offlineDelivery === 'before-sync'
    link.say({
      type: 'welcome',
      faults,
      acks,
      items: early ? [...pairing.waiting].map(([number, item]) => ({ ...item, number })) : [],
      groups: this.groups.of(account.number),
      contacts: [],
    })
    if (faults.restrict) link.say({ type: 'state', state: 'TOS_BLOCK' })
  }

  /** A session has one page; what an earlier one still has on its way never comes, for its store has it. */
  #replace(pairing: Pairing): void {
    const earlier = pairing.link
    if (!earlier) return
    earlier.say({ type: 'ended', state: 'CONFLICT' })
    earlier.pairing = undefined
  }

  #bringWaiting(link: Link): void {
    const waiting = link.pairing?.waiting ?? []
    for (const [number, item] of waiting) link.say({ type: 'items', items: [{ ...item, number }] })
  }

  #gone(link: Link): void {
    this.#links.delete(link)
    if (link.pairing?.link === link) link.pairing.link = undefined
  }

  #treat(link: Link, control: Control): Promise<void> {
    const { pairing } = link
    if (pairing) link.say({ type: 'faults', faults: this.faults.of(pairing.account.number) })
    if (control.hang === false) link.resume()
    const frames = incidentFrames(control, pairing !== undefined)
    const isBusy = (frame: NetworkFrame) => frame.type === 'command' && frame.command === 'freeze'
    for (const frame of frames.filter((it) => !isBusy(it))) link.say(frame)
    const taken = link.taken()
    for (const frame of frames.filter(isBusy)) link.say(frame)
    if (control.offline) link.cut()
    return taken
  }

  #renewReferences(): void {
    for (const link of this.#links) if (link.references.length > 0) this.#showReference(link)
  }

  #showReference(link: Link): void {
    const ref = `2@${randomBytes(24).toString('base64url')}`
    link.references = [ref, ...link.references.slice(0, 1)]
    link.say({ type: 'reference', ref })
  }
}

function isShown(link: Link, qr: string | undefined, code: string | undefined): boolean {
  if (qr !== undefined) return link.references.includes(qr.split(',')[0] ?? '')
  return code !== undefined && link.code?.code === code
}

function nameIn({ instance, account, to }: { instance?: string; account?: string; to?: string }): string {
  const name = instance ?? account ?? to?.replace(/@c\.us$/, '')
  if (name === undefined) throw new Error('say whose: instance, account or to')
  return name
}
