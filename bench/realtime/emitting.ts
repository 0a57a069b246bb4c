import { setTimeout as delay } from 'node:timers/promises'
import { answering } from './peer.ts'

/** What a server is asked: to open, or to emit so many events a second for a while. */
export type Order =
  | { readonly do: 'open' }
  | {
      readonly do: 'emit'
      readonly what: 'plain' | 'progress'
      readonly events: number
      readonly perSecond: number
      readonly bytes: number
      /** No more than so many in one step: whoever is behind for want of a core makes up for it in pieces. Any when absent. */
      readonly mostAtOnce?: number
    }

export interface Emitted {
  readonly cpuMicroseconds: number
  /** For so long events were emitted. */
  readonly seconds: number
  readonly rssBefore: number
  readonly rssMost: number
  /** Connections that the server cut, and those that it still has. */
  readonly dropped: number
  readonly connections: number
}

export interface Emitter {
  open(): Promise<string>
  /** `text` makes the event as large as it should be; `at` is when it happened. */
  emit(what: 'plain' | 'progress', n: number, at: number, text: string): void
  counts(): Promise<Pick<Emitted, 'dropped' | 'connections'>>
}

const TICK_MS = 10

/** Serves orders: events in even steps, with what they cost. */
export function serveOrders({ open, emit, counts }: Emitter): void {
  answering<Order>(async (order) => {
    if (order.do === 'open') return { address: await open() }
    const { what, events, perSecond, bytes, mostAtOnce = events } = order
    const text = 'x'.repeat(bytes)
    const rssBefore = process.memoryUsage.rss()
    let rssMost = rssBefore
    const before = process.cpuUsage()
    const started = performance.now()
    for (let sent = 0; sent < events; ) {
      const wanted = Math.ceil(((performance.now() - started) * perSecond) / 1_000)
      const due = Math.min(events, wanted, sent + mostAtOnce)
      for (; sent < due; sent++) emit(what, sent, performance.timeOrigin + performance.now(), text)
      rssMost = Math.max(rssMost, process.memoryUsage.rss())
      await delay(TICK_MS)
    }
    const seconds = (performance.now() - started) / 1_000
    // What is on its way belongs to the cost as well.
    await delay(500)
    const { user, system } = process.cpuUsage(before)
    return { cpuMicroseconds: user + system, seconds, rssBefore, rssMost, ...(await counts()) } satisfies Emitted
  })
}
