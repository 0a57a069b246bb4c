import { invalidInput } from '@waqtor/http-input'

/** What a list command answers. */
interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

/** This many entries can be leafed through by number; after that by cursor. */
const FURTHEST = 10_000

/**
 * A page of a list, by `cursor` or, as existing clients ask for it, by the number of the `page`.
 * @param list asks for the page that comes after a cursor
 * @throws WaqtorError WAQ_INPUT_INVALID (400)
 */
export async function pageOf<T>(
  query: Readonly<Record<string, string>>,
  list: (page: { limit: number; cursor?: string }) => Promise<Page<T>>,
): Promise<Page<T>> {
  const limit = whole(query.limit, 'limit', 50, 500)
  if (query.cursor !== undefined) return list({ limit, cursor: query.cursor })
  const number = whole(query.page, 'page', 1, Math.floor(FURTHEST / limit))
  let page = await list({ limit })
  for (let i = 1; i < number; i++) {
    if (page.nextCursor === null) return { items: [], nextCursor: null }
    page = await list({ limit, cursor: page.nextCursor })
  }
  return page
}

/** A page as it is answered. */
export function shownPage<T>({ items, nextCursor }: Page<T>, show: (item: T) => object): Record<string, unknown> {
  return { data: items.map(show), count: items.length, nextCursor }
}

function whole(value: string | undefined, name: string, otherwise: number, most: number): number {
  if (value === undefined) return otherwise
  const number = /^\d{1,9}$/.test(value) ? Number(value) : 0
  if (number >= 1 && number <= most) return number
  throw invalidInput(name, `must be a whole number from 1 to ${most}`)
}
