import type { z } from '@waqtor/kernel'
import { Control, chat, chats, Deed, Delivery, Scan } from '../contract.ts'
import type { VirtualNetwork } from '../network/virtual-network.ts'
import { refuse } from './problem.ts'

export interface Route {
  readonly method: 'GET' | 'POST'
  /** The longest body that it takes, in bytes; a megabyte when absent. */
  readonly bodyLimit?: number
  /** @param input the body of a POST, the query of a GET */
  handle(network: VirtualNetwork, input: unknown): unknown
}

/** What the simulator can be asked over HTTP, by path. */
export const routes: Readonly<Record<string, Route>> = {
  '/health': {
    method: 'GET',
    handle: (network) => {
      const phones = network.phones()
      const sum = (of: 'accepted' | 'pending' | 'received') => phones.reduce((total, it) => total + it[of], 0)
      const counts = { accepted: sum('accepted'), pending: sum('pending'), received: sum('received') }
      return { status: 'ok', phones: phones.length, connected: phones.filter((it) => it.connected).length, ...counts }
    },
  },
  '/phones': { method: 'GET', handle: (network) => ({ items: network.phones() }) },
  '/chats': {
    method: 'GET',
    handle: (network, input) => {
      const { instance, limit } = parse(chats.input, input)
      return { items: network.chats(instance, limit) }
    },
  },
  '/chat': {
    method: 'GET',
    handle: (network, input) => {
      const { instance, with: partner, limit } = parse(chat.input, input)
      return network.chat(instance, partner, limit)
    },
  },
  '/control': { method: 'POST', handle: (network, input) => network.control(parse(Control, input)) },
  '/deliver': {
    method: 'POST',
    // A file comes in base64.
    bodyLimit: 96 * 1_048_576,
    handle: (network, input) => network.deliver(parse(Delivery, input)),
  },
  '/phone': { method: 'POST', handle: (network, input) => network.phone(parse(Deed, input)) },
  '/scan': { method: 'POST', handle: (network, input) => network.scan(parse(Scan, input)) },
}

function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const detail = parsed.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  )
  throw refuse(400, 'input_invalid', detail.join('; '))
}
