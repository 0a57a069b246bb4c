import type { DatabaseFile, EventLog, SqlValue, Tx } from '@waqtor/contracts'
import { fail } from '@waqtor/contracts'
import type { Call, EventToken, z } from '@waqtor/kernel'
import type { ActivityEntry } from '../contract/activity.ts'

/** Whoever does something, as far as it is known. */
export interface Who {
  readonly actorId: string | null
  readonly address: string | null
  readonly userAgent: string | null
}

/** Who is behind a call. */
export function whoOf({ principal, address }: Pick<Call, 'principal' | 'address'>): Who {
  return { actorId: principal?.id ?? null, address: address ?? null, userAgent: null }
}

/** Longer names of browsers are cut; what could harm a screen or a log is left out. */
export function userAgentOf(text: string | undefined): string | null {
  const clean = text?.replace(/\p{C}/gu, '').trim().slice(0, 300)
  return clean ? clean : null
}

interface Row {
  readonly id: number
  readonly time: number
  readonly kind: ActivityEntry['kind']
  readonly user_id: string | null
  readonly actor_id: string | null
  readonly address: string | null
  readonly user_agent: string | null
  readonly details: string
}

/** What happened around users: rows for people to look at and, where there is a log, events for other systems. */
export class Activity {
  readonly #file: DatabaseFile
  readonly #log: EventLog | undefined
  readonly #now: () => number

  constructor(file: DatabaseFile, log: EventLog | undefined, now: () => number = Date.now) {
    this.#file = file
    this.#log = log
    this.#now = now
  }

  /** A transaction of its own, for what nothing else writes with. */
  write<T>(fn: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#file.write(fn)
  }

  /** Writes down, in the caller's transaction, what it does. `details` holds no secret. */
  async note(
    tx: Tx,
    kind: ActivityEntry['kind'],
    userId: string | null,
    { actorId, address, userAgent }: Who,
    details: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await tx.run(
      `INSERT INTO auth_activity (time, kind, user_id, actor_id, address, user_agent, details)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      [this.#now(), kind, userId, actorId, address, userAgent, JSON.stringify(details)],
    )
  }

  /** Records an event, where there is a log. */
  async tell<S extends z.ZodType>(tx: Tx, event: EventToken<S, 'recorded'>, data: z.input<S>): Promise<void> {
    await this.#log?.record(tx, event, data)
  }

  /** A page, newest first: of one user, or of all. */
  async page(userId: string | undefined, cursor: string | undefined, limit: number) {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : numberOf(cursor)
    const [where, params]: [string, SqlValue[]] = userId === undefined ? ['', []] : ['user_id = ? AND', [userId]]
    const sql = `SELECT * FROM auth_activity WHERE ${where} id < ? ORDER BY id DESC LIMIT ?`
    const rows = await this.#file.all<Row>(sql, [...params, before, limit])
    return { items: rows.map(entryOf), nextCursor: rows.length === limit ? String(rows.at(-1)!.id) : null }
  }

  /** Removes what is older than `before`. */
  async prune(before: number): Promise<void> {
    await this.#file.write((tx) => tx.run('DELETE FROM auth_activity WHERE time < ?', [before]))
  }
}

function numberOf(cursor: string): number {
  if (/^[1-9]\d{0,14}$/.test(cursor)) return Number(cursor)
  throw fail('WAQ_CURSOR_INVALID', 'the cursor is none that this list has answered')
}

function entryOf(row: Row): ActivityEntry {
  return {
    id: String(row.id),
    time: row.time,
    kind: row.kind,
    userId: row.user_id,
    actorId: row.actor_id,
    address: row.address,
    userAgent: row.user_agent,
    details: JSON.parse(row.details),
  }
}
