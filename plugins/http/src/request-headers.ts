import type { HeaderReader } from '@waqtor/contracts'

/**
 * The headers of a request, read as the web's `Headers` read them, without making one. Node's own record will not do: it
 * keeps the first of two `Authorization` headers and drops the other in silence.
 */
export class RequestHeaders implements HeaderReader {
  /** Name, value, name, value, as they came. */
  readonly #raw: readonly string[]

  constructor(raw: readonly string[]) {
    this.#raw = raw
  }

  get(name: string): string | null {
    const wanted = name.toLowerCase()
    let found: string | null = null
    for (let i = 0; i < this.#raw.length; i += 2) {
      const it = this.#raw[i]!
      if (it.length !== wanted.length || it.toLowerCase() !== wanted) continue
      const value = this.#raw[i + 1]!
      found = found === null ? value : found + (wanted === 'cookie' ? '; ' : ', ') + value
    }
    return found
  }
}
