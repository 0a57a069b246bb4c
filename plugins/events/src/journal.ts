import type { EventReader, Tx } from '@waqtor/contracts'
import {
  type Database,
  type DatabaseFile,
  type EventLog,
  type EventPage,
  type EventQuery,
  fail,
} from '@waqtor/contracts'
import { type EventBus, type EventToken, type Logger, messageOf, type z } from '@waqtor/kernel'
import { Appender } from './append.ts'
import { HOST_LOG, type ReaderProgress } from './contract.ts'
import { LogFile } from './log-file.ts'
import { ReaderLoop } from './reader-loop.ts'
import { recogniseRestored, slowestReader } from './reader-store.ts'

export interface JournalOptions {
  readonly database: Database
  readonly bus: EventBus
  readonly logger: Logger
  /** Waits, or returns early when aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/** A log in use, with a loop for each reader. */
interface Attached {
  readonly log: LogFile
  readonly loops: Map<string, ReaderLoop>
}

const MOST = 500
const DETACH_MS = 30_000

/** The event log over all files: who writes, who pages, and who reads on durably. */
export class Journal implements EventLog {
  readonly #options: JournalOptions
  readonly #appender: Appender
  readonly #logs = new Map<string, Promise<Attached>>()
  readonly #readers = new Map<string, EventReader>()
  #closed = false

  constructor(options: JournalOptions) {
    this.#options = options
    this.#appender = new Appender(options.bus, (file) => this.#committed(file))
  }

  record<S extends z.ZodType>(tx: Tx, event: EventToken<S, 'recorded'>, data: z.input<S>): Promise<void> {
    return this.#appender.record(tx, event, data)
  }

  recordAll<S extends z.ZodType>(tx: Tx, event: EventToken<S, 'recorded'>, data: readonly z.input<S>[]): Promise<void> {
    return this.#appender.recordAll(tx, event, data)
  }

  async page({ instance, after, types, limit = 100 }: EventQuery): Promise<EventPage> {
    const { log } = await this.#known(instance ?? HOST_LOG)
    const { events, through, more } = await log.scan(await log.place(after), types, Math.min(Math.max(limit, 1), MOST))
    return { items: events, nextCursor: await log.cursor(through), more }
  }

  read(reader: EventReader): () => Promise<void> {
    const { name } = reader
    if (this.#readers.has(name))
      throw fail('WAQ_CONFLICT', `there is an event reader '${name}' already: give each one a name of its own`)
    this.#readers.set(name, reader)
    for (const attaching of this.#logs.values()) attaching.then((it) => this.#follow(it, reader)).catch(() => {})
    return async () => {
      if (this.#readers.get(name) === reader) this.#readers.delete(name)
      await this.#eachLoop(async (loops) => {
        const loop = loops.get(name)
        loops.delete(name)
        await loop?.stop()
      })
    }
  }

  async attach(instance: string): Promise<void> {
    await this.#attached(instance)
  }

  async detach(instance: string, { timeoutMs = DETACH_MS, force = false } = {}): Promise<void> {
    const attaching = this.#logs.get(instance)
    if (!attaching) return
    const { log, loops } = await attaching
    if (!force) await this.#drain(log, loops, timeoutMs)
    this.#logs.delete(instance)
    // The readers' cursors stay: should the file be there again after a crash, nothing is seen twice.
    await Promise.all([...loops.values()].map((it) => it.stop()))
  }

  /** Removes what is older than `before` from every log, as far as all readers have taken it. */
  async prune(before: number): Promise<void> {
    const host = await this.#host()
    for (const attaching of [...this.#logs.values()]) {
      const { log } = await attaching
      const through = await slowestReader(host, log, [...this.#readers.keys()], before)
      while (!this.#closed && (await log.prune(before, through)) > 0);
    }
  }

  /** Opens the host's log, and lets the readers begin. */
  async open(): Promise<void> {
    await this.#attached(HOST_LOG)
  }

  /** How far each reader has come in each log that is known. */
  async readers(): Promise<z.output<typeof ReaderProgress>[]> {
    const progress = []
    for (const attaching of [...this.#logs.values()]) {
      const { log, loops } = await attaching
      const last = await log.last()
      for (const [reader, loop] of loops) {
        const { through } = loop
        progress.push({ reader, log: log.name, through, lag: Math.max(0, last - through) })
      }
    }
    return progress
  }

  /** Resolves when every reader has finished its batch. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#eachLoop(async (loops) => {
      await Promise.all([...loops.values()].map((it) => it.stop()))
    })
    this.#logs.clear()
  }

  #host(): Promise<DatabaseFile> {
    return this.#options.database.open(HOST_LOG)
  }

  #known(file: string): Promise<Attached> {
    const attached = this.#logs.get(file)
    if (!attached) throw fail('WAQ_INSTANCE_UNKNOWN', `there is no instance '${file}'`)
    return attached
  }

  #attached(file: string): Promise<Attached> {
    const known = this.#logs.get(file)
    if (known) return known
    const attaching = this.#attach(file)
    this.#logs.set(file, attaching)
    attaching.catch(() => {
      if (this.#logs.get(file) === attaching) this.#logs.delete(file)
    })
    return attaching
  }

  async #attach(file: string): Promise<Attached> {
    const { database } = this.#options
    const host = await this.#host()
    const opened = await LogFile.open(await database.open(file), file === HOST_LOG ? null : file)
    const attached: Attached = { log: await recogniseRestored(host, opened), loops: new Map() }
    for (const reader of this.#readers.values()) await this.#follow(attached, reader)
    return attached
  }

  async #follow({ log, loops }: Attached, reader: EventReader): Promise<void> {
    const { logger, pause } = this.#options
    const host = await this.#host()
    if (this.#closed || this.#readers.get(reader.name) !== reader || loops.has(reader.name)) return
    loops.set(reader.name, new ReaderLoop({ reader, log, host, logger, pause }))
  }

  #committed(file: string): void {
    if (this.#closed) return
    this.#attached(file).then(
      ({ loops }) => {
        for (const loop of loops.values()) loop.wake()
      },
      (error) =>
        this.#options.logger.warn('a log has new events that nobody can read yet', {
          log: file,
          problem: messageOf(error),
        }),
    )
  }

  async #drain(log: LogFile, loops: Map<string, ReaderLoop>, timeoutMs: number): Promise<void> {
    const end = await log.last()
    const late = new Set(loops.keys())
    const arrivals = [...loops].map(async ([name, loop]) => {
      loop.wake()
      await loop.reached(end)
      late.delete(name)
    })
    const limit = new AbortController()
    await Promise.race([Promise.all(arrivals), this.#options.pause(timeoutMs, limit.signal)])
    limit.abort()
    if (late.size > 0) {
      throw fail(
        'WAQ_CONFLICT',
        `reader '${[...late].join("', '")}' has not taken all events of '${log.name}' yet: try again, or do without them by force`,
      )
    }
  }

  async #eachLoop(act: (loops: Map<string, ReaderLoop>) => Promise<void>): Promise<void> {
    const attached = await Promise.allSettled(this.#logs.values())
    await Promise.all(attached.map((it) => (it.status === 'fulfilled' ? act(it.value.loops) : undefined)))
  }
}
