import type { Page } from '../library/library.ts'
import { limited } from '../library/limited.ts'
import { type Ending, endingOfState } from '../mapping/reasons.ts'
import { dismissDialog, kickSync, type PageHealth, readHealth } from '../page/health.ts'

export interface WatchLimits {
  readonly pollMs: number
  readonly watchMs: number
  readonly kickMs: number
  readonly offlineMs: number
  readonly lookMs: number
}

export interface WatchOptions {
  readonly limits: WatchLimits
  /** Nothing while the page is not there yet. */
  readonly page: () => Page | null
  readonly isReady: () => boolean
  /** The page knows whose account it is. */
  readonly linked: () => void
  /** Has the library look into the page anew. */
  readonly prepare: () => void
  readonly ended: (ending: Ending) => void
}

/** What is to be done about a page that looks like this. */
export interface Advice {
  readonly isLinked: boolean
  /** The library is to be told that the page has synced. */
  readonly kick: boolean
  /** The library is to look into the page anew. */
  readonly prepare: boolean
  readonly ending?: Ending
}

/** What is remembered between two looks, in milliseconds of a monotonic clock. */
export interface WatchState {
  /** Since when the page has synced without the library having heard of it. */
  readonly unheardSince: number | null
  /** Since when there is a document that the library does not listen to. */
  readonly unpreparedSince: number | null
  readonly offlineSince: number | null
}

export const unwatched: WatchState = { unheardSince: null, unpreparedSince: null, offlineSince: null }

/** Judges one look at the page. */
export function judgeHealth(
  before: WatchState,
  health: PageHealth,
  { now, isReady, limits }: { readonly now: number; readonly isReady: boolean; readonly limits: WatchLimits },
): readonly [WatchState, Advice] {
  const { state, hasSynced, isHeard, isInjected, isLinked } = health
  const unpreparedSince = state !== null && !isHeard ? (before.unpreparedSince ?? now) : null
  const prepare = unpreparedSince !== null && now - unpreparedSince >= limits.kickMs
  const isUnheard = isHeard && hasSynced && !(isReady && isInjected)
  const unheardSince = isUnheard ? (before.unheardSince ?? now) : null
  const kick = unheardSince !== null && now - unheardSince >= limits.kickMs
  const isOffline = isReady && state !== 'CONNECTED'
  const offlineSince = isOffline ? (before.offlineSince ?? now) : null
  const next: WatchState = {
    unheardSince: kick ? now : unheardSince,
    unpreparedSince: prepare ? now : unpreparedSince,
    offlineSince,
  }
  // A page that loads passes through states that would be the end of one that was there: UNLAUNCHED, and before it is
  // linked UNPAIRED.
  const ending = isReady && state !== null && state !== 'UNLAUNCHED' ? endingOfState(state) : undefined
  const advice = { isLinked: isLinked && state !== null && !/^UNPAIRED/.test(state), kick, prepare }
  if (ending) return [next, { ...advice, ending }]
  if (offlineSince === null || now - offlineSince < limits.offlineMs) return [next, advice]
  const minutes = Math.round((now - offlineSince) / 6_000) / 10
  return [next, { ...advice, ending: { reason: `no line to WhatsApp for ${minutes} min (${state ?? 'loading'})` } }]
}

const greetingMs = 600_000

/** Looks at the page now and then, since it does not tell everything by itself. */
export class Watch {
  readonly #options: WatchOptions
  readonly #since = performance.now()
  #state = unwatched
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  constructor(options: WatchOptions) {
    this.#options = options
    this.#next()
  }

  stop(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  #next(): void {
    if (this.#isOver) return
    const { limits, isReady } = this.#options
    this.#timer = setTimeout(
      () => void this.#look().finally(() => this.#next()),
      isReady() ? limits.watchMs : limits.pollMs,
    )
  }

  async #look(): Promise<void> {
    const { page: find, limits, isReady, linked, prepare, ended } = this.#options
    const page = find()
    if (!page) return
    try {
      const health = await limited(limits.lookMs, 'looking at the page', page.evaluate(readHealth))
      if (this.#isOver) return
      const [state, advice] = judgeHealth(this.#state, health, { now: performance.now(), isReady: isReady(), limits })
      this.#state = state
      if (advice.isLinked) linked()
      if (advice.ending) ended(advice.ending)
      if (advice.prepare) prepare()
      if (advice.kick) await limited(limits.lookMs, 'waking the library', page.evaluate(kickSync))
      // The greeting of a fresh account may stand before its synchronisation, or come a while after it.
      const isFresh = performance.now() - this.#since < greetingMs
      if (advice.isLinked && isFresh) await limited(limits.lookMs, 'closing a dialog', page.evaluate(dismissDialog))
    } catch {
      // A page that is loading, or gone, is looked at again; whoever must know asks by `ping`.
    }
  }
}
