/** First in, first out; taking one costs the same however many wait (an array's `shift` does not). */
export class Fifo<T> {
  #items: T[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  peek(): T | undefined {
    return this.#items[this.#head]
  }

  shift(): T | undefined {
    const item = this.#items[this.#head++]
    if (this.#head >= this.#items.length) {
      this.#items = []
      this.#head = 0
    }
    return item
  }

  /** Takes everything. */
  drain(): T[] {
    const rest = this.#items.slice(this.#head)
    this.#items = []
    this.#head = 0
    return rest
  }
}
