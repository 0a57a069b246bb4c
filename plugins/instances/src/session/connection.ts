import type { Transport, TransportFact } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import { type Scheduler, within } from '../scheduler.ts'

/** Gets ready whatever the session needs; what it answers makes a transport that is not started yet. */
export type Connect = () => Promise<(report: (fact: TransportFact) => void, signal: AbortSignal) => Transport>

export interface ConnectionOptions {
  readonly scheduler: Scheduler
  readonly log: Logger
  readonly connect: Connect
  readonly report: (fact: TransportFact) => void
  /** How long the transport may take to let go. */
  readonly stopMs: number
}

/** One transport, from the wish to have it until it has let go. */
export class Connection {
  readonly #options: ConnectionOptions
  /** Aborted when the transport has let go, or should have. */
  readonly #over = new AbortController()
  #transport: Transport | undefined
  #isClosing = false

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  get transport(): Transport | undefined {
    return this.#transport
  }

  /** @throws why it could not be opened, unless it was closed meanwhile */
  async open(): Promise<void> {
    const { connect, report } = this.#options
    try {
      const create = await connect()
      if (this.#isClosing) return
      this.#transport = create((fact) => {
        // Before it is started a transport has nothing to say.
        if (this.#transport) report(fact)
      }, this.#over.signal)
      await this.#transport.start()
    } catch (error) {
      if (!this.#isClosing) throw error
    }
  }

  /** Resolves when the transport has let go, or was given up. Answers what went wrong with a log-out. */
  async close(how: 'stop' | 'logout'): Promise<unknown> {
    this.#isClosing = true
    const transport = this.#transport
    let problem: unknown
    if (transport && how === 'logout') problem = await this.#limited(() => transport.logout())
    if (transport && (how === 'stop' || problem !== undefined)) await this.#stop(transport)
    this.#over.abort()
    return problem
  }

  async #stop(transport: Transport): Promise<void> {
    const problem = await this.#limited(() => transport.stop())
    if (problem === undefined) return
    const { log } = this.#options
    log.warn('the connection did not let go as it should; it was given up', { problem: messageOf(problem) })
  }

  #limited(work: () => Promise<void>): Promise<unknown> {
    const { scheduler, stopMs } = this.#options
    const done = Promise.resolve()
      .then(work)
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    return within<unknown>(scheduler, stopMs, done, () => new Error(`it took more than ${stopMs} ms`))
  }
}
