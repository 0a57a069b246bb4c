import { hash } from 'node:crypto'
import { fail, type Statements, type Tx } from '@waqtor/contracts'

/** Keys are remembered this long. */
export const keptMs = 24 * 3_600_000

/** What makes two requests the same, whatever the order of their fields. */
export function requestHash(request: Readonly<Record<string, unknown>>): string {
  return hash('sha256', JSON.stringify(request, sortedKeys), 'hex')
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * The row that an earlier request with this key has made, if any.
 * @throws WaqtorError WAQ_IDEMPOTENCY_MISMATCH (422) when that was another request
 */
export async function earlierRow(
  file: Statements,
  caller: string,
  key: string,
  request: string,
): Promise<number | undefined> {
  const known = await file.get<{ request_hash: string; outbox_id: number }>(
    'SELECT request_hash, outbox_id FROM idempotency WHERE caller = ? AND key = ?',
    [caller, key],
  )
  if (!known) return undefined
  if (known.request_hash === request) return known.outbox_id
  throw fail('WAQ_IDEMPOTENCY_MISMATCH', `the idempotency key '${key}' was used for another request`)
}

/** Binds a key to its row, in the transaction that makes the row; drops what is older than a day. */
export async function bindKey(
  tx: Tx,
  caller: string,
  key: string,
  request: string,
  row: number,
  now: number,
): Promise<void> {
  await tx.run('INSERT INTO idempotency (caller, key, request_hash, outbox_id, created_at) VALUES (?, ?, ?, ?, ?)', [
    caller,
    key,
    request,
    row,
    now,
  ])
  await tx.run('DELETE FROM idempotency WHERE created_at < ?', [now - keptMs])
}

/** Frees the key of a row that was not sent, so that the same request may be made again. */
export async function releaseKey(tx: Tx, row: number): Promise<void> {
  await tx.run('DELETE FROM idempotency WHERE outbox_id = ?', [row])
}
