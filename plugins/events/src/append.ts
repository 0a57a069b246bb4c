import type { Tx } from '@waqtor/contracts'
import { type Envelope, type EventBus, type EventToken, newId, WaqtorError, z } from '@waqtor/kernel'

type Recorded<S extends z.ZodType> = EventToken<S, 'recorded'>

/** Events of one type that went into a transaction together. Their sequences follow on each other. */
interface Batch {
  readonly event: EventToken
  readonly time: number
  readonly first: number
  readonly ids: readonly string[]
  readonly data: readonly unknown[]
}

const INSERT = 'INSERT INTO events (id, type, time, data) VALUES (?, ?, ?, ?)'
const INSERT_ALL = `INSERT INTO events (id, type, time, data)
  SELECT value ->> 0, ?, ?, value -> 1 FROM jsonb_each(?) ORDER BY key`

/** The writing side of every log: inside the transactions of others, and on the bus after their commits. */
export class Appender {
  readonly #bus: EventBus
  readonly #committed: (file: string) => void
  readonly #waiting = new WeakMap<Tx, Batch[]>()
  /** To look at many at once leaves a third less behind than to look at each. */
  readonly #lists = new WeakMap<z.ZodType, z.ZodType>()

  /** @param committed told after each commit that brought a file new events, before anybody hears them */
  constructor(bus: EventBus, committed: (file: string) => void) {
    this.#bus = bus
    this.#committed = committed
  }

  async record<S extends z.ZodType>(tx: Tx, event: Recorded<S>, input: z.input<S>): Promise<void> {
    const data = parse(event, event.schema, input)
    const id = newId('evt')
    const time = Date.now()
    const { lastInsertRowid } = await tx.run(INSERT, [id, event.id, time, JSON.stringify(data)])
    this.#note(tx, { event, time, first: lastInsertRowid, ids: [id], data: [data] })
  }

  async recordAll<S extends z.ZodType>(tx: Tx, event: Recorded<S>, inputs: readonly z.input<S>[]): Promise<void> {
    if (inputs.length === 0) return
    if (inputs.length === 1) return this.record(tx, event, inputs[0]!)
    const data = this.#parseAll(event, inputs)
    const ids = data.map(() => newId('evt'))
    const time = Date.now()
    const rows = JSON.stringify(data.map((it, index) => [ids[index], it]))
    const { lastInsertRowid } = await tx.run(INSERT_ALL, [event.id, time, rows])
    this.#note(tx, { event, time, first: lastInsertRowid - data.length + 1, ids, data })
  }

  #parseAll<S extends z.ZodType>(event: Recorded<S>, inputs: readonly z.input<S>[]): readonly z.output<S>[] {
    const list = this.#lists.get(event.schema) ?? z.array(event.schema)
    this.#lists.set(event.schema, list)
    return parse(event, list, inputs) as readonly z.output<S>[]
  }

  #note(tx: Tx, batch: Batch): void {
    const waiting = this.#waiting.get(tx)
    if (waiting) {
      waiting.push(batch)
      return
    }
    const batches = [batch]
    this.#waiting.set(tx, batches)
    tx.afterCommit(() => {
      this.#committed(tx.file)
      const instance = tx.file === 'host' ? null : tx.file
      for (const it of batches) this.#fire(it, instance)
    })
  }

  #fire({ event, time, first, ids, data }: Batch, instance: string | null): void {
    if (!this.#bus.heard(event.id)) return
    const written = new Date(time).toISOString()
    for (let i = 0; i < ids.length; i++) {
      const envelope: Envelope = {
        id: ids[i]!,
        type: event.id,
        instance,
        time: written,
        sequence: first + i,
        data: data[i],
      }
      this.#bus.deliver(event, envelope)
    }
  }
}

function parse<S extends z.ZodType>(event: EventToken, schema: S, data: unknown): z.output<S> {
  const parsed = schema.safeParse(data)
  if (parsed.success) return parsed.data
  throw new WaqtorError(
    'WAQ_EVENT_INVALID',
    `event '${event.id}' was recorded with wrong data: ${parsed.error.message}`,
    { phase: 'event' },
  )
}
