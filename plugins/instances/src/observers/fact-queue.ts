import type { ChatFact } from '@waqtor/contracts'
import { isWaqtorError, type Logger, messageOf } from '@waqtor/kernel'
import { pause, type Scheduler } from '../scheduler.ts'
import { backOff } from '../session/back-off.ts'

export interface FactQueueOptions {
  readonly instance: string
  readonly handle: (facts: readonly ChatFact[]) => Promise<void>
  readonly scheduler: Scheduler
  readonly log: Logger
  /** So many wait that the connection should stop bringing more. */
  readonly full: () => void
}

const BATCH = 500
const MANY = 5_000
/** Nothing is ever dropped from the queue; from here on the connection is closed until it has gone down. */
export const MOST = 50_000
/** What a handler cannot take for a reason of its own is tried so often, then passed over. */
const TRIES = 3
const PAUSES = { minMs: 1_000, maxMs: 60_000 }

/** Hands facts to one observer in their order, in batches: the next when it is done with the last. */
export class FactQueue {
  readonly #options: FactQueueOptions
  #waiting: ChatFact[] = []
  #state: 'held' | 'idle' | 'running' | 'stopped' = 'held'
  #warned = false
  #idle: (() => void)[] = []
  readonly #stop = new AbortController()

  constructor(options: FactQueueOptions) {
    this.#options = options
  }

  push(...facts: ChatFact[]): void {
    this.#waiting.push(...facts)
    this.#watchLength()
    if (this.#state === 'idle') void this.#run()
  }

  /** The observer is ready to take them. */
  begin(): void {
    if (this.#state !== 'held') return
    this.#state = 'idle'
    if (this.#waiting.length > 0) void this.#run()
  }

  /** Resolves when everything was handed over and handled. */
  async drained(): Promise<void> {
    while (this.#state === 'running') {
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve)
      })
    }
  }

  /** Ends it. Answers what nobody has begun to handle, when the batch under way is done. */
  async stop(): Promise<readonly ChatFact[]> {
    this.#stop.abort()
    await this.drained()
    this.#state = 'stopped'
    return this.#waiting.splice(0)
  }

  async #run(): Promise<void> {
    this.#state = 'running'
    // What the transport reports in one go makes one batch.
    await Promise.resolve()
    while (this.#waiting.length > 0 && !this.#stop.signal.aborted) {
      const batch = this.#waiting.slice(0, BATCH)
      if (!(await this.#deliver(batch))) break
      this.#waiting.splice(0, batch.length)
      this.#watchLength()
    }
    this.#state = 'idle'
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** False when the queue was stopped before the batch got through. */
  async #deliver(batch: readonly ChatFact[]): Promise<boolean> {
    const { handle, log, scheduler, instance } = this.#options
    const { signal } = this.#stop
    for (let failures = 1; ; failures++) {
      try {
        await handle(batch)
        return true
      } catch (error) {
        if (signal.aborted) return false
        const problem = messageOf(error)
        // A full or broken disk is nobody's fault and may recover: facts wait for that as long as it takes.
        if (failures >= TRIES && !isStorageFault(error)) return this.#deliverOneByOne(batch, problem)
        log.warn('messages and acknowledgements could not be handled; they come again', { instance, failures, problem })
        await pause(scheduler, backOff(failures, 1, PAUSES), signal)
        if (signal.aborted) return false
      }
    }
  }

  /** One fact that cannot be handled must not hold up all that come after it. */
  async #deliverOneByOne(batch: readonly ChatFact[], problem: string): Promise<boolean> {
    const [only] = batch
    if (batch.length === 1) {
      const { log, instance } = this.#options
      const id = only!.type === 'message' ? only!.message.messageId : only!.messageId
      log.error('a fact was passed over: its handler keeps failing', { instance, fact: only!.type, id, problem })
      return true
    }
    for (const fact of batch) if (!(await this.#deliver([fact]))) return false
    return true
  }

  #watchLength(): void {
    const { log, instance, full } = this.#options
    const { length } = this.#waiting
    if (length >= MOST) full()
    if (length >= MANY && !this.#warned) {
      this.#warned = true
      log.warn('messages and acknowledgements come in faster than they are handled', { instance, waiting: length })
    }
    if (length < MANY / 2) this.#warned = false
  }
}

function isStorageFault(error: unknown): boolean {
  return isWaqtorError(error) && error.code.startsWith('WAQ_STORAGE_')
}
