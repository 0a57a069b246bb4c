/** A piece of a file: the first and the last byte of it. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** Nothing of the file lies in the range that was asked for. */
export const outside = Symbol('outside')

/**
 * The one range that a `Range` header asks for (RFC 9110, section 14), as players do that jump into a film.
 * @returns nothing where the whole file is meant: without the header, for several ranges, and for what cannot be read
 */
export function rangeOf(header: string | null, size: number): ByteRange | typeof outside | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/i.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined
  if (from === '') {
    const length = Math.min(Number(to), size)
    return length === 0 ? outside : { first: size - length, last: size - 1 }
  }
  const first = Number(from)
  if (to !== '' && Number(to) < first) return undefined
  if (first >= size) return outside
  return { first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) }
}

/**
 * Whether a range may be answered: always, unless `If-Range` names another state of the file than this one. A date is
 * none of ours, so that the whole file is answered.
 */
export function mayAnswerPart(ifRange: string | null, etag: string): boolean {
  return ifRange === null || ifRange === etag
}

/** Whether `If-None-Match` says that the client has this state of the file already. */
export function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false
  return ifNoneMatch.split(',').some((it) => it.trim() === '*' || it.trim().replace(/^W\//, '') === etag)
}
