import { hash } from 'node:crypto'
import type { AuditFacts, AuditRow } from './row.ts'

/** What stands before the first row. */
export const GENESIS = '0'.repeat(64)

/**
 * SHA-256 of everything that a row says, its place, and the hash of the row before it. An array in a fixed order has one way
 * only to be written as JSON.
 */
export function hashOf(seq: number, facts: AuditFacts, prevHash: string): string {
  const { time, callId, action, phase, attempt, principal, role, credential, via, address, instance, target, code } =
    facts
  const said = [seq, time, callId, action, phase, attempt, principal, role, credential, via, address, instance]
  return hash('sha256', JSON.stringify([...said, target, code, prevHash]))
}

/** The next row after the one with this place and hash. */
export function chained(facts: AuditFacts, last: { readonly seq: number; readonly hash: string }): AuditRow {
  const seq = last.seq + 1
  return { ...facts, seq, prevHash: last.hash, hash: hashOf(seq, facts, last.hash) }
}

/** What is wrong with a row that should follow on `last`; nothing when it does. */
export function flawOf(row: AuditRow, last: { readonly seq: number; readonly hash: string }): string | undefined {
  if (row.seq !== last.seq + 1) return `row ${last.seq + 1} is missing`
  if (row.prevHash !== last.hash) return 'it does not follow on the row before it'
  if (row.hash !== hashOf(row.seq, row, row.prevHash)) return 'it was changed after it was written'
  return undefined
}
