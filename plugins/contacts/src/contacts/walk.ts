import { setImmediate as breathe } from 'node:timers/promises'
import type { SqlValue, Statements } from '@waqtor/contracts'
import { type ContactRow, columns } from './rows.ts'

/** A piece of SQL about a contact `c` with its parameters. */
export interface Sql {
  readonly text: string
  readonly params: readonly SqlValue[]
}

/** Where a walk stands: the values that its order sorts by. */
export type Place = readonly [id: number] | readonly [sortKey: string, id: number]

interface Order {
  readonly begin: Place
  readonly after: string
  readonly upTo: string
  readonly by: string
  readonly keys: string
  placeOf(row: Pick<ContactRow, 'id' | 'sort_key'>): Place
}

const byId = { keys: 'c.id', placeOf: (row: Pick<ContactRow, 'id'>): Place => [row.id] }

/** Every order is served by an index, so that the last page costs what the first does. */
export const orders = {
  newest: { ...byId, begin: [Number.MAX_SAFE_INTEGER], after: 'c.id < ?', upTo: 'c.id >= ?', by: 'c.id DESC' },
  oldest: { ...byId, begin: [0], after: 'c.id > ?', upTo: 'c.id <= ?', by: 'c.id' },
  name: {
    begin: ['', 0],
    after: '(c.sort_key, c.id) > (?, ?)',
    upTo: '(c.sort_key, c.id) <= (?, ?)',
    by: 'c.sort_key, c.id',
    keys: 'c.sort_key, c.id',
    placeOf: (row): Place => [row.sort_key, row.id],
  },
} as const satisfies Readonly<Record<string, Order>>
export type OrderName = keyof typeof orders

/** So many contacts are looked through at a time; in between, others have their turn. */
const STRETCH = 10_000

/**
 * The next contacts of an order of which `where` is true. Where few are, the walk goes on stretch by stretch, for one long
 * statement would stop everything else in the process.
 */
export async function walk(
  file: Statements,
  order: OrderName,
  {
    after,
    where,
    limit,
  }: { readonly after?: Place | undefined; readonly where?: Sql | undefined; readonly limit: number },
): Promise<ContactRow[]> {
  const rows: ContactRow[] = []
  for await (const stretch of stretches(file, order, after, where)) {
    rows.push(
      ...(await file.all<ContactRow>(`SELECT ${columns} ${stretch.text} ORDER BY ${orders[order].by} LIMIT ?`, [
        ...stretch.params,
        limit - rows.length,
      ])),
    )
    if (rows.length >= limit) break
  }
  return rows
}

/** How many contacts there are of which `where` is true. */
export async function count(file: Statements, where?: Sql): Promise<number> {
  let total = 0
  for await (const stretch of stretches(file, 'oldest', undefined, where)) {
    const found = await file.get<{ n: number }>(`SELECT count(*) AS n ${stretch.text}`, stretch.params)
    total += found!.n
  }
  return total
}

/** The part of a statement that names the contacts of each stretch. */
async function* stretches(
  file: Statements,
  order: OrderName,
  after: Place = orders[order].begin,
  where?: Sql,
): AsyncGenerator<Sql> {
  const { by, keys, upTo, placeOf, ...the } = orders[order]
  // Where everybody is wanted, the index alone finds the next ones.
  if (!where) {
    yield { text: `FROM contacts c WHERE ${the.after}`, params: after }
    return
  }
  let from = after
  for (;;) {
    const end = await file.get<Pick<ContactRow, 'id' | 'sort_key'>>(
      `SELECT ${keys} FROM contacts c WHERE ${the.after} ORDER BY ${by} LIMIT 1 OFFSET ${STRETCH - 1}`,
      from,
    )
    const to = end && placeOf(end)
    yield {
      text: `FROM contacts c WHERE ${the.after}${to ? ` AND ${upTo}` : ''} AND (${where.text})`,
      params: [...from, ...(to ?? []), ...where.params],
    }
    if (!to) return
    from = to
    await breathe()
  }
}
