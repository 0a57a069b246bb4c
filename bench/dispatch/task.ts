/** One campaign to one contestant. */
export interface DispatchTask {
  readonly recipients: number
  readonly inFlight: number
  /** An empty directory on a disk, or the port of a Redis. */
  readonly directory: string
  readonly redisPort?: number
}

/** How it went. */
export interface DispatchResult {
  /** Recipients a second, from the start of the campaign to its end. */
  readonly perSecond: number
  /** Recipients a second, from the list to durable rows. */
  readonly addedPerSecond: number
  /** The most memory that the process ever held, in MB. */
  readonly peakMb: number
  /** How late the event loop was while it sent, in milliseconds: 99th percentile, and the worst. */
  readonly lateMs: { readonly p99: number; readonly max: number }
}

/** Recipients are added this many at a time: nobody has to hold them all. */
export const chunk = 2_000

/** Sizes of the parts in which `total` recipients are added, with the number of the first in each. */
export function* chunks(total: number): Generator<{ readonly first: number; readonly size: number }> {
  for (let first = 0; first < total; first += chunk) yield { first, size: Math.min(chunk, total - first) }
}

export function phoneOf(index: number): string {
  return `2010${String(10_000_000 + index)}`
}
