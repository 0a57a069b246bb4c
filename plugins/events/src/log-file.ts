import { type DatabaseFile, fail } from '@waqtor/contracts'
import type { Envelope } from '@waqtor/kernel'
import { decodeCursor, encodeCursor } from './cursor.ts'

interface Row {
  readonly sequence: number
  readonly id: string
  readonly type: string
  readonly time: number
  readonly data: string
}

/** A stretch of a log, as far as it was looked through. */
export interface Stretch {
  readonly events: readonly Envelope[]
  /** Sequence up to which every matching event is in `events`. */
  readonly through: number
  readonly more: boolean
}

/** A rare type in a long log must not hold up the event loop: no more rows than these are looked at in one statement. */
const ROWS_AT_ONCE = 20_000
/** One commit removes no more than this, so that writers wait for milliseconds only. */
const PRUNED_AT_ONCE = 2_000
const COLUMNS = 'SELECT sequence, id, type, time, data FROM events WHERE sequence > ? AND sequence <= ?'
const ALL = `${COLUMNS} ORDER BY sequence LIMIT ?`
const SOME = `${COLUMNS} AND type IN (SELECT value FROM json_each(?)) ORDER BY sequence LIMIT ?`

/** The log of one file, seen from its reading side. */
export class LogFile {
  /** `host` or the instance. */
  readonly name: string
  readonly instance: string | null
  /** Tells this log from others that lie or lay in the same place. */
  readonly identity: string
  readonly #file: DatabaseFile

  private constructor(file: DatabaseFile, instance: string | null, identity: string) {
    this.name = file.name
    this.instance = instance
    this.identity = identity
    this.#file = file
  }

  static async open(file: DatabaseFile, instance: string | null): Promise<LogFile> {
    const row = await file.get<{ id: string }>('SELECT id FROM event_log')
    return new LogFile(file, instance, row!.id)
  }

  /** The same log under a new name, so that every cursor into its former course is refused. */
  async renamed(): Promise<LogFile> {
    await this.#file.write((tx) => tx.run('UPDATE event_log SET id = lower(hex(randomblob(8)))'))
    return LogFile.open(this.#file, this.instance)
  }

  /** Sequence of the newest event; 0 in an empty log. */
  async last(): Promise<number> {
    return (await this.#bound('max')) ?? 0
  }

  /** The matching events after a sequence, from no more than a bounded stretch of the log. */
  async scan(after: number, types: readonly string[] | undefined, limit: number): Promise<Stretch> {
    const last = await this.last()
    const end = Math.min(last, after + ROWS_AT_ONCE)
    if (end <= after) return { events: [], through: after, more: false }
    const rows = types
      ? await this.#file.all<Row>(SOME, [after, end, JSON.stringify(types), limit])
      : await this.#file.all<Row>(ALL, [after, end, limit])
    const through = rows.length < limit ? end : rows.at(-1)!.sequence
    return { events: rows.map((it) => this.#envelope(it)), through, more: through < last }
  }

  /** Makes the cursor for a place in this log. */
  async cursor(sequence: number): Promise<string> {
    return encodeCursor(this.identity, sequence, (await this.#idAt(sequence)) ?? '')
  }

  /**
   * The sequence that a caller's cursor stands for.
   * @throws WaqtorError WAQ_CURSOR_INVALID, WAQ_CURSOR_EXPIRED: going on from there would leave events out
   */
  async place(after: string | undefined): Promise<number> {
    if (after === undefined) return 0
    const { log, sequence, mark } = decodeCursor(after)
    if (log !== undefined && log !== this.identity) throw this.#expired('belongs to a log that was replaced')
    if (sequence === 0) return 0
    if (sequence > (await this.last())) throw this.#expired('lies behind the end of the log, which was restored')
    const id = await this.#idAt(sequence)
    if (id === undefined && sequence < ((await this.#bound('min')) ?? 1) - 1)
      throw this.#expired('is older than the oldest event that is kept')
    if (mark && id !== undefined && id !== mark) throw this.#expired('belongs to a log that was restored since')
    return sequence
  }

  /**
   * Removes events from before a moment, oldest first and never beyond `through`. The newest event stays, as the end of the log.
   * @returns how many went
   */
  async prune(before: number, through: number): Promise<number> {
    const bound = Math.min(through, (await this.last()) - 1)
    const { changes } = await this.#file.write((tx) =>
      tx.run(
        // Up to the first one that is young enough: the clock may have been set back in between.
        `WITH oldest AS (SELECT sequence, time FROM events ORDER BY sequence LIMIT ?)
         DELETE FROM events WHERE sequence <= min(
           ?,
           (SELECT max(sequence) FROM oldest),
           (SELECT ifnull(min(sequence) - 1, ?) FROM oldest WHERE time >= ?)
         )`,
        [PRUNED_AT_ONCE, bound, bound, before],
      ),
    )
    return changes
  }

  async #bound(which: 'min' | 'max'): Promise<number | undefined> {
    const row = await this.#file.get<{ sequence: number | null }>(`SELECT ${which}(sequence) AS sequence FROM events`)
    return row?.sequence ?? undefined
  }

  async #idAt(sequence: number): Promise<string | undefined> {
    const row = await this.#file.get<{ id: string }>('SELECT id FROM events WHERE sequence = ?', [sequence])
    return row?.id
  }

  #envelope({ sequence, id, type, time, data }: Row): Envelope {
    return {
      id,
      type,
      instance: this.instance,
      time: new Date(time).toISOString(),
      sequence,
      data: JSON.parse(data) as unknown,
    }
  }

  #expired(why: string): Error {
    return fail('WAQ_CURSOR_EXPIRED', `the cursor ${why}: start again without one`)
  }
}
