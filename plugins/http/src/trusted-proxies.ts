import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Client } from './client.ts'
import { words } from './network.ts'

type Address = ReturnType<typeof ipaddr.process>
type Range = readonly [Address, number]

/** No client is behind more proxies than these: the walk is paid for before anybody is known, let alone refused. */
const MOST_HOPS = 20

/** Of several, the first is the client's own. */
const isHttps = /^\s*https\s*(,|$)/i

/** The proxies in front, and what they say of their clients. */
export class TrustedProxies {
  readonly #ranges: readonly Range[]
  /** Of the last peer: a proxy asks again and again, and a comparison costs less than a parse. */
  #last = { peer: '', trusted: false }

  /** @param networks as `isNetwork` takes them */
  constructor(networks: readonly string[]) {
    this.#ranges = networks.flatMap((it) => words[it] ?? [it]).map(rangeOf)
  }

  /** Whom the request is from; nothing when its peer is no proxy of ours. */
  clientOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): Client | undefined {
    const peer = socket.remoteAddress ?? ''
    if (peer !== this.#last.peer) {
      const address = addressOf(peer.split('%')[0]!)
      this.#last = { peer, trusted: address !== undefined && this.#trusts(address) }
    }
    if (!this.#last.trusted) return undefined
    // Node joins what came in several headers by commas, in their order.
    const forwardedFor = headers['x-forwarded-for'] as string | undefined
    const proto = headers['x-forwarded-proto'] as string | undefined
    return { address: this.#clientIn(forwardedFor, peer), https: proto !== undefined && isHttps.test(proto) }
  }

  /**
   * Each proxy adds whom it was asked by to the end, and only what a trusted one added is worth anything: so from the end
   * to the first that is none of ours. What cannot be read ends the way as well, at the last that could.
   */
  #clientIn(forwardedFor: string | undefined, peer: string): string {
    let client = peer
    let rest = forwardedFor
    for (let hop = 0; rest !== undefined && hop < MOST_HOPS; hop++) {
      const comma = rest.lastIndexOf(',')
      const address = addressOf(withoutPort(rest.slice(comma + 1).trim()))
      if (address === undefined) break
      client = address.toString()
      if (!this.#trusts(address)) break
      rest = comma === -1 ? undefined : rest.slice(0, comma)
    }
    return client
  }

  #trusts(address: Address): boolean {
    return this.#ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))
  }
}

/** An IPv4 address in the clothes of an IPv6 one is that IPv4 one; nothing but the plain writing is read. */
function addressOf(text: string): Address | undefined {
  return isIP(text) === 0 || text.includes('%') ? undefined : ipaddr.process(text)
}

/** `203.0.113.7:4711` and `[2001:db8::1]:4711` as some proxies write them. */
function withoutPort(text: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/.exec(text) ?? []
  return bracketed ?? plain ?? text
}

function rangeOf(network: string): Range {
  const [text, bits] = network.split('/') as [string, string | undefined]
  const written = ipaddr.parse(text)
  const address = ipaddr.process(text)
  const own = bits === undefined ? (written.kind() === 'ipv4' ? 32 : 128) : Number(bits)
  // A network of IPv4 addresses in the clothes of IPv6 ones.
  return written.kind() === address.kind() ? [address, own] : own > 96 ? [address, own - 96] : [written, own]
}
