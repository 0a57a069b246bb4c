import type { Clock } from './clock.ts'

interface Entry {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/**
 * What is to happen later, in the order in which it is due; entries of one moment keep the order in which they came.
 * However many there are, one timer runs.
 */
export class Agenda {
  readonly #clock: Clock
  /** A binary heap: the next entry is the first one. */
  #heap: Entry[] = []
  #order = 0
  #armed: { readonly at: number; readonly cancel: () => void } | undefined
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#heap.length
  }

  /** Runs `run` in `ms` milliseconds. Callers who change their mind look at their own state when it runs. */
  in(ms: number, run: () => void): void {
    if (this.#closed) return
    this.#push({ at: this.#clock.monotonic() + ms, order: this.#order++, run })
    this.#arm()
  }

  close(): void {
    this.#closed = true
    this.#heap = []
    this.#armed?.cancel()
    this.#armed = undefined
  }

  #arm(): void {
    const next = this.#heap[0]
    if (!next || (this.#armed && this.#armed.at <= next.at)) return
    this.#armed?.cancel()
    const ms = Math.max(0, next.at - this.#clock.monotonic())
    this.#armed = { at: next.at, cancel: this.#clock.after(Math.ceil(ms), () => this.#runDue()) }
  }

  #runDue(): void {
    this.#armed = undefined
    const now = this.#clock.monotonic()
    // Only what was there at the start: an entry that sets up the next one at once must not starve everybody else.
    const last = this.#order
    while (this.#heap[0] && this.#heap[0].at <= now && this.#heap[0].order < last) this.#pop().run()
    this.#arm()
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let i = heap.length
    heap.push(entry)
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(entry, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = entry
  }

  #pop(): Entry {
    const heap = this.#heap
    const top = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return top
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return top
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
