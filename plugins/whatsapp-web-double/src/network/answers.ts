import { randomBytes } from 'node:crypto'
import type { Signal } from '../options.ts'
import type { PageFrame } from './frames.ts'
import type { Link } from './link.ts'
import type { Network } from './network.ts'
import { canonical, lidOf, numberOf } from './numbers.ts'
import { bring, newStanza } from './post.ts'

type Question = Extract<PageFrame, { type: 'ask' }>
type Args = Question['args']

/** What the network answers to a page's question. */
export async function answerTo(network: Network, link: Link, { what, args }: Question): Promise<unknown> {
  switch (what) {
    case 'exists':
      return exists(network, String(args.id))
    case 'group':
      return network.groups.frame(String(args.id))
    case 'pairing-code': {
      const code = randomBytes(5).toString('hex').slice(0, 8).toUpperCase()
      link.code = { code, phone: String(args.phone) }
      return code
    }
    case 'refresh':
      return true
    case 'unlink':
      link.pairing?.account.pairings.delete(link.pairing.id)
      return true
    case 'signal':
      heardSignal(network, link, args)
      return true
    default:
      throw new Error(`the network does not know '${what}'`)
  }
}

function exists(network: Network, id: string): unknown {
  const number = numberOf(id)
  if (number === undefined || network.unregistered.has(number)) return null
  if (network.hidden.has(number) && id.endsWith('@lid')) return { id }
  return { id, number: `${number}@c.us`, lid: lidOf(number) }
}

/** What a page does besides sending: it is noted, and others see it. */
function heardSignal(network: Network, { pairing }: Link, args: Args): void {
  if (!pairing) return
  const { number } = pairing.account
  const signal = { account: number, ...args } as unknown as Signal
  network.signals.push(signal)
  if (signal.signal === 'seen') readAll(network, number, canonical(signal.chat ?? ''))
  const trace = signal.key === undefined ? undefined : network.traces.find(signal.key)
  if (!trace) return
  for (const [reader, key] of trace.keys) {
    const account = network.accounts.find(reader)
    if (!account || reader === number) continue
    const timestamp = Date.now()
    const from = network.view().address(number)
    if (signal.signal === 'edit') bring(account, { what: 'edit', key, body: signal.body ?? '', timestamp })
    if (signal.signal === 'revoke') bring(account, { what: 'revoke', key })
    if (signal.signal === 'reaction') {
      bring(account, { what: 'reaction', parent: key, id: newStanza(), from, emoji: signal.emoji ?? '', timestamp })
    }
    if (signal.signal === 'vote') {
      bring(account, { what: 'vote', parent: key, id: newStanza(), from, options: signal.options ?? [], timestamp })
    }
  }
}

/** Who wrote in this chat hears that it was read. */
function readAll(network: Network, reader: string, chat: string): void {
  for (const writer of network.accounts.all()) {
    for (const pairing of writer.pairings.values()) {
      for (const [key, ack] of pairing.acks) {
        const trace = network.traces.find(key)
        const isHere = trace?.to === chat || (trace?.to === `${reader}@c.us` && chat === `${writer.number}@c.us`)
        if (ack < 3 && isHere && trace.keys.has(reader) && writer.number !== reader) network.acks.bring(pairing, key, 3)
      }
    }
  }
}
