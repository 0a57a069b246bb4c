import { setImmediate } from 'node:timers/promises'
import { type Files, fail } from '@waqtor/contracts'
import type { Call, z } from '@waqtor/kernel'
import type { ActionRow, AuditLog } from './audit-log.ts'
import type { AuditEntry, exportAudit, listAudit, verifyAudit } from './contract.ts'
import type { Later } from './later.ts'
import { walk } from './walk.ts'

const PIECE = 500

/** The log as administrators see it. */
export class Reading {
  readonly #log: AuditLog
  readonly #later: Later
  readonly #running: ReadonlySet<number>

  /** @param running attempts that are under way */
  constructor(log: AuditLog, later: Later, running: ReadonlySet<number>) {
    this.#log = log
    this.#later = later
    this.#running = running
  }

  /** @throws WaqtorError WAQ_CURSOR_INVALID */
  async list({ cursor, limit, ...filter }: z.output<typeof listAudit.input>) {
    if (cursor !== undefined && !/^[1-9]\d{0,14}$/.test(cursor))
      throw fail('WAQ_CURSOR_INVALID', `'${cursor}' is no cursor of the audit log`)
    // Who has just done something sees what came of it.
    await this.#later.settle()
    const rows = await this.#log.actions(cursor === undefined ? undefined : Number(cursor), limit, filter)
    return {
      items: rows.map((it) => this.#entryOf(it)),
      nextCursor: rows.length === limit ? String(rows.at(-1)!.seq) : null,
    }
  }

  async head() {
    await this.#later.settle()
    return this.#log.head()
  }

  async verify({ seq, hash }: z.output<typeof verifyAudit.input>, { signal }: Call) {
    await this.#later.settle()
    return walk(this.#log, seq === undefined ? undefined : { seq, hash: hash! }, signal)
  }

  /** Writes the rows into a file of the caller's. */
  async export(files: Files, { since = 0, until }: z.output<typeof exportAudit.input>, { principal, signal }: Call) {
    await this.#later.settle()
    const file = await files.create({ filename: 'audit.jsonl', owner: principal })
    try {
      let after = 0
      let count = 0
      for (;;) {
        signal.throwIfAborted()
        const piece = await this.#log.rows(after, PIECE)
        const rows = piece.filter(({ time }) => time >= since && (until === undefined || time < until))
        if (rows.length > 0) await file.write(Buffer.from(`${rows.map((it) => JSON.stringify(it)).join('\n')}\n`))
        count += rows.length
        if (piece.length < PIECE) break
        after = piece.at(-1)!.seq
        await setImmediate()
      }
      return { fileId: (await file.finish()).fileId, rows: count }
    } catch (error) {
      await file.abort()
      throw error
    }
  }

  #entryOf(row: ActionRow): AuditEntry {
    const { seq, time, callId, action, principal, role, credential, via, address, instance, target, hash } = row
    const { phase } = row
    const alone =
      phase === 'done' ? 'done' : phase === 'failed' ? 'refused' : this.#running.has(seq) ? 'running' : 'unknown'
    const { outcome } = row
    return {
      seq,
      time,
      finishedAt: outcome?.time ?? null,
      callId,
      action,
      outcome: outcome ? (outcome.phase === 'done' ? 'done' : 'failed') : alone,
      code: outcome?.code ?? row.code,
      principal,
      role,
      credential,
      via,
      address,
      instance,
      target: JSON.parse(target),
      hash,
    }
  }
}
