const windowSize = 50
const shareLimit = 0.1
const rowLimit = 5

/**
 * Decides when a queue has failed too often to go on: 5 times in a row, or more than 10 % of its last 50 sends.
 * Only what the transport answers counts.
 */
export class ErrorWindow {
  readonly #results: boolean[] = []
  #inRow = 0

  /** Answers the reason to stop, or nothing. */
  add(ok: boolean): string | undefined {
    this.#inRow = ok ? 0 : this.#inRow + 1
    this.#results.push(ok)
    if (this.#results.length > windowSize) this.#results.shift()
    if (this.#inRow >= rowLimit) return `${rowLimit} sends in a row failed`
    const failed = this.#results.filter((it) => !it).length
    if (this.#results.length === windowSize && failed > windowSize * shareLimit)
      return `${failed} of the last ${windowSize} sends failed`
    return undefined
  }
}
