import { setImmediate } from 'node:timers/promises'
import type { DatabaseFile, SqlValue, Statements, Tx } from '@waqtor/contracts'
import { chained, GENESIS } from './chain.ts'
import type { AuditFacts, AuditRow, Phase } from './row.ts'

interface StoredRow {
  readonly seq: number
  readonly time: number
  readonly call_id: string | null
  readonly action: string
  readonly phase: Phase
  readonly attempt: number | null
  readonly principal: string | null
  readonly role: string | null
  readonly credential: string | null
  readonly via: string | null
  readonly address: string | null
  readonly instance: string | null
  readonly target: string
  readonly code: string | null
  readonly prev_hash: string
  readonly hash: string
}

/** The last row, or what stands before the first one. */
export interface Head {
  readonly seq: number
  readonly hash: string
  readonly time: number | null
}

export interface AuditFilter {
  readonly principal?: string | undefined
  /** A command, or `keys.*`. */
  readonly action?: string | undefined
  readonly since?: number | undefined
  readonly until?: number | undefined
}

/** An action with its outcome, if there is one. */
export interface ActionRow extends AuditRow {
  readonly outcome: { readonly phase: Phase; readonly time: number; readonly code: string | null } | null
}

/** Rows that one look goes through. */
const PIECE = 20_000
const HEAD = 'SELECT seq, hash, time FROM audit_log ORDER BY seq DESC LIMIT 1'
const INSERT = `INSERT INTO audit_log (seq, time, call_id, action, phase, attempt, principal, role, credential, via, address,
  instance, target, code, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** The table of the log, and the chain through it. */
export class AuditLog {
  readonly #file: DatabaseFile

  constructor(file: DatabaseFile) {
    this.#file = file
  }

  async head(on: Statements = this.#file): Promise<Head> {
    return (await on.get<Head>(HEAD)) ?? { seq: 0, hash: GENESIS, time: null }
  }

  /** The highest row that there ever was. */
  async everWritten(on: Statements = this.#file): Promise<number> {
    const row = await on.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'")
    return row?.seq ?? 0
  }

  /** Adds rows to the end, in one commit. Answers their places when they are on the disk. */
  append(all: readonly AuditFacts[]): Promise<number[]> {
    return this.#file.write(async (tx) => {
      const { seq, hash } = await this.head(tx)
      // A place is never taken twice: what somebody cut off the end stays missing.
      let last = { seq: Math.max(seq, await this.everWritten(tx)), hash }
      const places: number[] = []
      for (const facts of all) {
        const row = chained(facts, last)
        await insert(tx, row)
        places.push(row.seq)
        last = row
      }
      return places
    })
  }

  /** Rows as they were written, oldest first. */
  async rows(after: number, limit: number): Promise<AuditRow[]> {
    const sql = 'SELECT * FROM audit_log WHERE seq > ? ORDER BY seq LIMIT ?'
    return (await this.#file.all<StoredRow>(sql, [after, limit])).map(rowOf)
  }

  async row(seq: number): Promise<AuditRow | undefined> {
    const stored = await this.#file.get<StoredRow>('SELECT * FROM audit_log WHERE seq = ?', [seq])
    return stored && rowOf(stored)
  }

  /** Actions with their outcomes, newest first. Looks in pieces, between which everything else goes on. */
  async actions(before: number | undefined, limit: number, filter: AuditFilter): Promise<ActionRow[]> {
    let end = before ?? (await this.head()).seq + 1
    const found: ActionRow[] = []
    while (end > 1 && found.length < limit) {
      const start = Math.max(1, end - PIECE)
      found.push(...(await this.#actionsIn(start, end, limit - found.length, filter)))
      end = start
      await setImmediate()
    }
    return found
  }

  async #actionsIn(start: number, end: number, limit: number, filter: AuditFilter): Promise<ActionRow[]> {
    const { principal, action, since, until } = filter
    const area = action?.endsWith('.*') ? action.slice(0, -1) : undefined
    const { where, params } = conditions([
      ['a.seq >= ?', start],
      ['a.seq < ?', end],
      ['a.principal = ?', principal],
      ['a.action = ?', area === undefined ? action : undefined],
      ['substr(a.action, 1, ?) = ?', area && [area.length, area]],
      ['a.time >= ?', since],
      ['a.time < ?', until],
    ])
    const rows = await this.#file.all<StoredRow & { o_phase: Phase | null; o_time: number; o_code: string | null }>(
      `SELECT a.*, o.phase AS o_phase, o.time AS o_time, o.code AS o_code
       FROM audit_log a LEFT JOIN audit_log o ON o.attempt = a.seq
       WHERE a.attempt IS NULL AND ${where} ORDER BY a.seq DESC LIMIT ?`,
      [...params, limit],
    )
    return rows.map(({ o_phase, o_time, o_code, ...row }) => ({
      ...rowOf(row),
      outcome: o_phase === null ? null : { phase: o_phase, time: o_time, code: o_code },
    }))
  }
}

type Condition = readonly [sql: string, value: SqlValue | readonly SqlValue[] | undefined]

function conditions(all: readonly Condition[]): { where: string; params: SqlValue[] } {
  const given = all.filter(([, value]) => value !== undefined)
  return {
    where: given.map(([sql]) => sql).join(' AND '),
    params: given.flatMap(([, value]) => (Array.isArray(value) ? value : [value]) as SqlValue[]),
  }
}

async function insert(tx: Tx, row: AuditRow): Promise<void> {
  const { seq, time, callId, action, phase, attempt, principal, role, credential, via, address, instance } = row
  const said = [seq, time, callId, action, phase, attempt, principal, role, credential, via, address, instance]
  await tx.run(INSERT, [...said, row.target, row.code, row.prevHash, row.hash])
}

function rowOf({ call_id, prev_hash, ...row }: StoredRow): AuditRow {
  return { ...row, callId: call_id, prevHash: prev_hash }
}
