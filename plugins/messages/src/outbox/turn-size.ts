/** A turn holds the event loop while it writes: about so long, in milliseconds, and its commit comes on top. */
const targetMs = 8
const fewest = 25
const most = 1_000
/** How much the last turn counts beside those before it. */
const weight = 0.3

/** How many rows one turn may take, learned from how long the last ones took: a slow machine makes smaller turns. */
export class TurnSize {
  #rowMs = targetMs / 100

  get rows(): number {
    return Math.min(most, Math.max(fewest, Math.floor(targetMs / this.#rowMs)))
  }

  /** A turn of so many rows took so long. */
  took(rows: number, ms: number): void {
    // What a turn costs by itself would make the rows of a small one look dear.
    if (rows < fewest) return
    this.#rowMs += weight * (ms / rows - this.#rowMs)
  }
}
