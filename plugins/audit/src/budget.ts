export interface Allowance {
  /** So many at once. */
  readonly burst: number
  /** So many more with every minute. */
  readonly perMinute: number
}

interface Bucket {
  left: number
  at: number
}

/** At most this many sources are told apart; the oldest go first. */
const MOST_SOURCES = 10_000
const MINUTE_MS = 60_000

/**
 * How many rows may be written of what anybody can bring about: for each source and for all together, so that neither one
 * nor many can fill the disk.
 */
export class Budget {
  readonly #each: Allowance
  readonly #all: Allowance
  readonly #sources = new Map<string, Bucket>()
  readonly #whole: Bucket

  constructor(each: Allowance, all: Allowance) {
    this.#each = each
    this.#all = all
    this.#whole = { left: all.burst, at: 0 }
  }

  /** Takes one row. False when there is none left. */
  take(source: string, now: number): boolean {
    const own = this.#bucketOf(source, now)
    fill(own, this.#each, now)
    fill(this.#whole, this.#all, now)
    if (own.left < 1 || this.#whole.left < 1) return false
    own.left--
    this.#whole.left--
    return true
  }

  #bucketOf(source: string, now: number): Bucket {
    const known = this.#sources.get(source)
    if (known) return known
    const bucket = { left: this.#each.burst, at: now }
    this.#sources.set(source, bucket)
    if (this.#sources.size > MOST_SOURCES) this.#sources.delete(this.#sources.keys().next().value!)
    return bucket
  }
}

function fill(bucket: Bucket, { burst, perMinute }: Allowance, now: number): void {
  const passed = Math.max(0, now - bucket.at)
  bucket.left = Math.min(burst, bucket.left + (passed / MINUTE_MS) * perMinute)
  bucket.at = now
}
