/** Counts requests by the class of their status: two additions for each of them. */
export class RequestCounts {
  readonly #answered = [0, 0, 0, 0, 0]
  readonly #since: number
  #underWay = 0

  /** @param since milliseconds since 1970 */
  constructor(since: number) {
    this.#since = since
  }

  began(): void {
    this.#underWay++
  }

  /** @param status of the answer, 100 to 599 */
  ended(status: number): void {
    this.#underWay--
    this.#answered[Math.floor(status / 100) - 1]!++
  }

  get view() {
    const [a, b, c, d, e] = this.#answered as [number, number, number, number, number]
    const requests = { '1xx': a, '2xx': b, '3xx': c, '4xx': d, '5xx': e }
    return { requests, underWay: this.#underWay, since: this.#since }
  }
}
