import { setImmediate } from 'node:timers/promises'
import type { AuditLog, Head } from './audit-log.ts'
import { flawOf, GENESIS } from './chain.ts'

export interface WalkResult {
  readonly ok: boolean
  readonly rows: number
  readonly head: Head | null
  readonly broken: { readonly seq: number; readonly reason: string } | null
}

const PIECE = 500

/**
 * Walks the chain from its beginning, or from a row that was noted earlier, in pieces between which everything else goes on.
 * Rows that come while it walks are looked at as well.
 */
export async function walk(
  log: AuditLog,
  known: { readonly seq: number; readonly hash: string } | undefined,
  signal: AbortSignal,
): Promise<WalkResult> {
  const everWritten = await log.everWritten()
  const broken = (seq: number, rows: number, reason: string): WalkResult => {
    return { ok: false, rows, head: null, broken: { seq, reason } }
  }
  let last: Head = { seq: 0, hash: GENESIS, time: null }
  if (known) {
    const row = await log.row(known.seq)
    if (!row) return broken(known.seq, 0, 'the row that was noted is missing')
    const flaw = flawOf(row, { seq: known.seq - 1, hash: row.prevHash })
    if (flaw) return broken(known.seq, 0, flaw)
    if (row.hash !== known.hash) return broken(known.seq, 0, 'it is another row than the one that was noted')
    last = row
  }
  let rows = known ? 1 : 0
  for (;;) {
    signal.throwIfAborted()
    const piece = await log.rows(last.seq, PIECE)
    for (const row of piece) {
      const flaw = flawOf(row, last)
      if (flaw) return broken(row.seq === last.seq + 1 ? row.seq : last.seq + 1, rows, flaw)
      last = row
      rows++
    }
    if (piece.length < PIECE) break
    await setImmediate()
  }
  if (last.seq < everWritten) return broken(last.seq + 1, rows, 'rows at the end are missing')
  return { ok: true, rows, head: { seq: last.seq, hash: last.hash, time: last.time }, broken: null }
}
