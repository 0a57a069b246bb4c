import type { Pairing } from './accounts.ts'
import type { MessageRecord } from './frames.ts'
import type { Link } from './link.ts'
import type { Network } from './network.ts'
import { canonical, isPlausible, numberOf } from './numbers.ts'
import { bring, incoming, keyOf, knownOf } from './post.ts'
import { hashOf, kindOf, textOf } from './record-facts.ts'
import type { Trace } from './traces.ts'

type Sent = MessageRecord & { readonly key: string }

/** A page has sent a message: after the way to the network it is refused, or accepted, logged and passed on. */
export function accept(network: Network, link: Link, pairing: Pairing, message: Sent): void {
  const { number } = pairing.account
  const arrive = () => {
    const { refuseRate, restrict } = network.faults.of(number)
    // What was still on its way when the line broke never came; the page has it and sends it again.
    if (!link.open || link.pairing !== pairing || !pairing.account.pairings.has(pairing.id)) return
    if (restrict || Math.random() < refuseRate || !reaches(network, message.chat, number)) {
      link.say({ type: 'ack', key: message.key, ack: -1 })
      return
    }
    append(network, pairing, message)
    network.acks.bring(pairing, message.key, 1)
    passOn(network, pairing, message)
  }
  const { latencyMs } = network.faults.of(number)
  if (latencyMs === 0) {
    arrive()
    return
  }
  network.underWay++
  const timer = setTimeout(() => {
    network.underWay--
    arrive()
  }, latencyMs)
  timer.unref()
}

function reaches(network: Network, chat: string, from: string): boolean {
  if (chat.endsWith('@g.us')) return network.groups.find(chat)?.members.includes(from) ?? false
  const number = numberOf(chat)
  return number !== undefined && isPlausible(number) && !network.unregistered.has(number)
}

function append(network: Network, { account }: Pairing, message: Sent): void {
  network.log.append({
    instance: account.name,
    account: account.number,
    to: canonical(message.chat),
    messageId: message.key,
    id: message.id,
    body: textOf(message),
    bodyHash: hashOf(message, network.media.get(message.directPath)),
    kind: kindOf(message),
    time: Date.now(),
    ...(message.isForwarded && { forwarded: true }),
    ...(message.quotedStanzaID !== undefined && { quoted: message.quotedStanzaID }),
    ...(message.mentionedJidList?.length && { mentioned: message.mentionedJidList }),
  })
}

function passOn(network: Network, pairing: Pairing, message: Sent): void {
  const { account } = pairing
  const to = canonical(message.chat)
  const options = (message.pollOptions ?? []).map((it) => it.name)
  const trace = network.traces.keep({ id: message.id, from: account.number, to, options, keys: new Map() })
  trace.keys.set(account.number, message.key)
  const linked = readers(network, to)
    .filter((it) => it !== account.number)
    .filter((it) => show(network, it, account.number, message, trace))
  // Somebody whose page is open reads there; all others read as soon as they have it.
  network.acks.later(pairing, message.key, linked.length > 0 ? [2] : [2, 3])
}

function readers(network: Network, to: string): readonly string[] {
  if (to.endsWith('@g.us')) return network.groups.find(to)?.members ?? []
  const number = numberOf(to)
  return number === undefined ? [] : [number]
}

/** @returns false where no page of this number is open: then the phone reads it */
function show(network: Network, number: string, from: string, message: Sent, trace: Trace): boolean {
  const account = network.accounts.find(number)
  if (!account || account.pairings.size === 0) return false
  const group = trace.to.endsWith('@g.us') ? trace.to : undefined
  const lid = group !== undefined && network.groups.find(group)?.lidMode
  const view = network.view(lid)
  const received = incoming(message, from, account, group, view)
  trace.keys.set(number, keyOf(received))
  bring(account, { what: 'message', message: received, unread: true, ...(view.known && { known: knownOf(from) }) })
  return [...account.pairings.values()].some((it) => it.link?.open)
}
