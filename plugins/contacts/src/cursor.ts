import { fail } from '@waqtor/contracts'

/** A place in a list as clients get it: opaque, and of no use for a list in another order. */
export function encodeCursor(list: string, place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString('base64url')
}

/**
 * The place that a cursor stands for; `begin` says what it looks like, and is it when there is no cursor.
 * @throws WaqtorError WAQ_CURSOR_INVALID (400)
 */
export function decodeCursor<P extends readonly (string | number)[]>(
  list: string,
  begin: P,
  cursor: string | undefined,
): P {
  if (cursor === undefined) return begin
  const [of, ...place] = parse(cursor)
  const fits =
    of === list &&
    place.length === begin.length &&
    begin.every((it, i) => typeof it === typeof place[i] && (typeof it === 'string' || Number.isSafeInteger(place[i])))
  if (!fits) throw fail('WAQ_CURSOR_INVALID', 'the cursor is not one of this list')
  return place as unknown as P
}

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

/** One row more than asked for was read: it tells whether there is a next page. */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  convert: (row: R) => T,
  cursorOf: (last: R) => string,
): { items: T[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(convert), nextCursor: rows.length > limit && last ? cursorOf(last) : null }
}
