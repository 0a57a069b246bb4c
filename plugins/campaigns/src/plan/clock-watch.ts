export interface ClockWatchOptions {
  /** How long a new time has to stand before it is believed, in milliseconds; 120,000 when absent. */
  readonly confirmMs?: number
  /** How far the wall clock may run ahead from one look to the next, in milliseconds; 60,000 when absent. */
  readonly toleranceMs?: number
}

export interface BelievedTime {
  /** What to decide by, in milliseconds since 1970 (UTC); never later than the wall clock. */
  readonly now: number
  /** While a jump is in doubt: when to look again, on the monotonic clock. */
  readonly doubtUntil: number | undefined
}

interface Look {
  readonly wall: number
  readonly monotonic: number
}

/**
 * Tells what time it may be believed to be. A wall clock that suddenly runs ahead may be wrong, and what it starts cannot be
 * called back. So a jump forward counts only when it has stood for a while; until then the time goes on from where it was,
 * and what becomes due by itself starts. If the clock is set back meanwhile, nothing has happened. A machine that slept
 * looks the same, and goes on after the same while. Jumps back are followed at once: they start nothing, and what has been
 * started is no longer `scheduled`, so that it cannot start again when its time comes a second time.
 *
 * The first look is believed: there is nothing to compare it with.
 * @example watch.look(Date.now(), performance.now()).now
 */
export class ClockWatch {
  readonly #confirmMs: number
  readonly #toleranceMs: number
  #believed: Look | undefined
  /** The first look after a jump forward. */
  #doubted: Look | undefined

  constructor({ confirmMs = 120_000, toleranceMs = 60_000 }: ClockWatchOptions = {}) {
    this.#confirmMs = confirmMs
    this.#toleranceMs = toleranceMs
  }

  /** Call it whenever something may have become due, and at `doubtUntil`. */
  look(wall: number, monotonic: number): BelievedTime {
    const look = { wall, monotonic }
    const expected = this.#believed ? wentOn(this.#believed, monotonic) : wall
    if (wall - expected <= this.#toleranceMs) return this.#believe(look)
    const doubted = this.#doubted
    // Another jump, either way, is a new time that has to stand for itself.
    if (!doubted || Math.abs(wall - wentOn(doubted, monotonic)) > this.#toleranceMs) {
      this.#doubted = look
      return { now: expected, doubtUntil: monotonic + this.#confirmMs }
    }
    const doubtUntil = doubted.monotonic + this.#confirmMs
    return monotonic < doubtUntil ? { now: expected, doubtUntil } : this.#believe(look)
  }

  #believe(look: Look): BelievedTime {
    this.#believed = look
    this.#doubted = undefined
    return { now: look.wall, doubtUntil: undefined }
  }
}

/** What the wall clock would show, had it gone on evenly since a look. */
function wentOn({ wall, monotonic }: Look, now: number): number {
  return wall + (now - monotonic)
}
