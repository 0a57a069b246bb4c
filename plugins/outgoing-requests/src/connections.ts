import type { Pool } from 'undici'
import { type Connect, dialAny } from './dial.ts'
import type { Target } from './target.ts'

interface Open {
  readonly pool: Pool
  users: number
}

/** Connections that nobody uses are closed after four seconds; beyond this many places even their book-keeping is. */
const MOST_IDLE = 64
const PATIENCE_MS = 5_000

/** Connections by place and by the addresses that were checked for it: one that is used again goes where the check said. */
export class Connections {
  readonly #connect: Connect
  readonly #closing = new AbortController()
  readonly #open = new Map<string, Open>()

  constructor(connect: Connect) {
    this.#connect = connect
  }

  /** Lends the connections to these addresses while `use` runs. */
  async lend<T>(target: Target, addresses: readonly string[], use: (pool: Pool) => Promise<T>): Promise<T> {
    const key = `${target.url.protocol}${target.place} ${[...addresses].sort().join(' ')}`
    const open = this.#open.get(key) ?? (await this.#make(key, target, addresses))
    open.users++
    // The latest used are the last to go.
    this.#open.delete(key)
    this.#open.set(key, open)
    try {
      return await use(open.pool)
    } finally {
      open.users--
      this.#tidy()
    }
  }

  /** Cuts everything off, also what is only being connected. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('outgoing requests are closed'))
    const pools = [...this.#open.values()].map((it) => it.pool)
    this.#open.clear()
    await Promise.all(pools.map((it) => it.destroy()))
  }

  async #make(key: string, target: Target, addresses: readonly string[]): Promise<Open> {
    // Loaded when the first request is made: it would cost every start a tenth of a second.
    const undici = await import('undici')
    const known = this.#open.get(key)
    if (known) return known
    this.#closing.signal.throwIfAborted()
    const { url, secure, port, hostname } = target
    const to = { secure, port, ...(addresses.includes(hostname) ? {} : { servername: hostname }) }
    const pool = new undici.Pool(url.origin, {
      allowH2: false,
      pipelining: 1,
      // The whole request has a limit of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 4_000,
      keepAliveMaxTimeout: 10_000,
      connect: (_, callback) => {
        dialAny(this.#connect, addresses, to, this.#closing.signal, PATIENCE_MS).then(
          (socket) => callback(null, socket),
          (error: Error) => callback(error, null),
        )
      },
    })
    const open = { pool, users: 0 }
    this.#open.set(key, open)
    return open
  }

  #tidy(): void {
    for (const [key, { pool, users }] of this.#open) {
      if (this.#open.size <= MOST_IDLE) return
      if (users > 0) continue
      this.#open.delete(key)
      void pool.close()
    }
  }
}
