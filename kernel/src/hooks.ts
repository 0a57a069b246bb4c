import { AsyncSeriesBailHook, AsyncSeriesHook, AsyncSeriesWaterfallHook } from 'tapable'
import { withDeadline } from './deadline.ts'
import { messageOf, type Phase, WaqtorError } from './errors.ts'
import type { Awaitable } from './plugin.ts'

/** Where a tap stands among the others: by ascending `stage` (0 when absent), then in order of registration. */
export interface TapOrder {
  readonly stage?: number
  /** Name of a plugin whose tap must come after this one. */
  readonly before?: string
}

export interface HookOptions {
  readonly name: string
  /** What a failing tap does: `abort` rejects the whole call, `skip` goes on as if the tap were not there. */
  readonly onError: 'abort' | 'skip'
  /** Limit for each tap, in milliseconds; 5,000 when absent, 0 for none. */
  readonly timeoutMs?: number
  readonly phase?: Phase
  /** Runs the taps in reverse: last registered, highest stage first. */
  readonly reverse?: boolean
  /** Told of every failure, whichever way it goes on. */
  readonly onFailure?: (error: WaqtorError) => void
}

/** A place where others may join in while the caller waits. `R` is what one tap may answer. */
export interface Hook<A extends unknown[], R, Result = R | undefined> {
  readonly name: string
  /** Owners of the taps, in the order in which they were registered. */
  readonly owners: readonly string[]
  // biome-ignore lint/suspicious/noConfusingVoidType: a tap that only looks returns nothing
  tap(owner: string, fn: (...args: A) => Awaitable<R | void>, order?: TapOrder): () => void
  call(...args: A): Promise<Result>
  /** As `call`, with the taps of these owners only. */
  callFor(owners: ReadonlySet<string>, ...args: A): Promise<Result>
}

export type SeriesHook<A extends unknown[]> = Hook<A, void, void>
export type BailHook<A extends unknown[], R> = Hook<A, R, R | undefined>
export type WaterfallHook<T, Rest extends unknown[] = []> = Hook<[value: T, ...rest: Rest], T, T>

interface Tap<A extends unknown[]> {
  readonly owner: string
  readonly fn: (...args: A) => Awaitable<unknown>
  readonly order: TapOrder
}

/** What we use of tapable's hooks, whose own types tie the names of the arguments to their tuple. */
interface Compiled<A extends unknown[]> {
  tapPromise(options: { name: string; stage?: number; before?: string }, fn: (...args: A) => Promise<unknown>): void
  promise(...args: A): Promise<unknown>
}

// tapable has no untap. The list of taps is the truth; the compiled hook is made from it and thrown away on change.
class RebuiltHook<A extends unknown[], R, Result> implements Hook<A, R, Result> {
  readonly name: string
  readonly #options: HookOptions
  readonly #empty: (...args: A) => Result
  readonly #compile: () => Compiled<A>
  #taps: readonly Tap<A>[] = []
  #compiled: Compiled<A> | undefined

  constructor(options: HookOptions, compile: () => unknown, empty: (...args: A) => Result) {
    this.name = options.name
    this.#options = options
    this.#compile = compile as () => Compiled<A>
    this.#empty = empty
  }

  get owners(): readonly string[] {
    return this.#taps.map((it) => it.owner)
  }

  // biome-ignore lint/suspicious/noConfusingVoidType: a tap that only looks returns nothing
  tap(owner: string, fn: (...args: A) => Awaitable<R | void>, order: TapOrder = {}): () => void {
    const tap: Tap<A> = { owner, fn, order }
    this.#set([...this.#taps, tap])
    return () => this.#set(this.#taps.filter((it) => it !== tap))
  }

  async call(...args: A): Promise<Result> {
    if (this.#taps.length === 0) return this.#empty(...args)
    this.#compiled ??= this.#build(this.#taps)
    return this.#compiled.promise(...args) as Promise<Result>
  }

  async callFor(owners: ReadonlySet<string>, ...args: A): Promise<Result> {
    const taps = this.#taps.filter((it) => owners.has(it.owner))
    return taps.length === 0 ? this.#empty(...args) : (this.#build(taps).promise(...args) as Promise<Result>)
  }

  #set(taps: readonly Tap<A>[]): void {
    this.#taps = taps
    this.#compiled = undefined
  }

  #build(taps: readonly Tap<A>[]): Compiled<A> {
    const hook = this.#compile()
    const { reverse = false } = this.#options
    for (const tap of reverse ? taps.toReversed() : taps) {
      const { stage = 0, before } = tap.order
      hook.tapPromise({ name: tap.owner, stage: reverse ? -stage : stage, ...(before && { before }) }, (...args) =>
        this.#run(tap, args),
      )
    }
    return hook
  }

  async #run(tap: Tap<A>, args: A): Promise<unknown> {
    const { timeoutMs = 5000, onError, onFailure, phase = 'hook' } = this.#options
    try {
      return await withDeadline(tap.fn(...args), timeoutMs, () => {
        return new WaqtorError(
          'WAQ_TIMEOUT',
          `plugin '${tap.owner}' took more than ${timeoutMs} ms in hook '${this.name}'`,
          { plugin: tap.owner, phase },
        )
      })
    } catch (cause) {
      // What a tap throws on purpose keeps its code, so that a refusal reaches the caller as one.
      const error =
        cause instanceof WaqtorError && cause.code !== 'WAQ_HOOK_FAILED'
          ? cause
          : new WaqtorError(
              'WAQ_HOOK_FAILED',
              `plugin '${tap.owner}' failed in hook '${this.name}': ${messageOf(cause)}`,
              { plugin: tap.owner, phase, cause },
            )
      onFailure?.(error)
      if (onError === 'abort') throw error
      return undefined
    }
  }
}

// tapable compiles for a number of arguments; none of our hooks has more than four.
const argumentNames: [string, string, string, string] = ['a', 'b', 'c', 'd']
type Four = [unknown, unknown, unknown, unknown]

/** A hook whose taps run one after another. */
export function createSeriesHook<A extends unknown[]>(options: HookOptions): SeriesHook<A> {
  return new RebuiltHook<A, void, void>(
    options,
    () => new AsyncSeriesHook<Four>(argumentNames),
    () => undefined,
  )
}

/** A hook that stops at the first tap that answers something. */
export function createBailHook<A extends unknown[], R>(options: HookOptions): BailHook<A, R> {
  return new RebuiltHook<A, R, R | undefined>(
    options,
    () => new AsyncSeriesBailHook<Four, unknown>(argumentNames),
    () => undefined,
  )
}

/** A hook that hands a value from tap to tap; a tap that answers nothing keeps the value. */
export function createWaterfallHook<T, Rest extends unknown[] = []>(options: HookOptions): WaterfallHook<T, Rest> {
  return new RebuiltHook<[value: T, ...rest: Rest], T, T>(
    options,
    () => new AsyncSeriesWaterfallHook<Four>(argumentNames),
    (...args) => args[0],
  )
}
