import { AsyncSeriesBailHook, AsyncSeriesHook, AsyncSeriesWaterfallHook } from 'tapable'
import { withDeadline } from './deadline.ts'
import { blame, isWaqtorError, messageOf, type Phase, type WaqtorError } from './errors.ts'
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
function rebuilt<A extends unknown[], R, Result>(
  options: HookOptions,
  compile: () => unknown,
  empty: (...args: A) => Result,
): Hook<A, R, Result> {
  const { name, timeoutMs = 5000, onError, onFailure, phase = 'hook', reverse = false } = options
  let taps: readonly Tap<A>[] = []
  let compiled: Compiled<A> | undefined

  const run = async ({ owner, fn }: Tap<A>, args: A): Promise<unknown> => {
    const guilty = blame(owner, phase)
    try {
      const message = `plugin '${owner}' took more than ${timeoutMs} ms in hook '${name}'`
      return await withDeadline(fn(...args), timeoutMs, () => guilty('WAQ_TIMEOUT', message))
    } catch (cause) {
      // What a tap throws on purpose keeps its code, so that a refusal reaches the caller as one.
      const message = `plugin '${owner}' failed in hook '${name}': ${messageOf(cause)}`
      const error = isWaqtorError(cause) ? cause : guilty('WAQ_HOOK_FAILED', message, cause)
      onFailure?.(error)
      if (onError === 'abort') throw error
      return undefined
    }
  }
  const build = (chosen: readonly Tap<A>[]) => {
    const hook = compile() as Compiled<A>
    for (const tap of reverse ? chosen.toReversed() : chosen) {
      const { stage = 0, before } = tap.order
      const order = { name: tap.owner, stage: reverse ? -stage : stage, ...(before && { before }) }
      hook.tapPromise(order, (...args) => run(tap, args))
    }
    return hook
  }
  const change = (next: readonly Tap<A>[]) => {
    taps = next
    compiled = undefined
  }
  return {
    name,
    get owners() {
      return taps.map((it) => it.owner)
    },
    tap(owner, fn, order = {}) {
      const tap: Tap<A> = { owner, fn, order }
      change([...taps, tap])
      return () => change(taps.filter((it) => it !== tap))
    },
    async call(...args) {
      if (taps.length === 0) return empty(...args)
      compiled ??= build(taps)
      return compiled.promise(...args) as Promise<Result>
    },
    async callFor(owners, ...args) {
      const chosen = taps.filter((it) => owners.has(it.owner))
      return chosen.length === 0 ? empty(...args) : (build(chosen).promise(...args) as Promise<Result>)
    },
  }
}

// tapable compiles for a number of arguments; none of our hooks has more than four.
const argumentNames: [string, string, string, string] = ['a', 'b', 'c', 'd']
type Four = [unknown, unknown, unknown, unknown]

/** A hook whose taps run one after another. */
export function createSeriesHook<A extends unknown[]>(options: HookOptions): SeriesHook<A> {
  const compile = () => new AsyncSeriesHook<Four>(argumentNames)
  return rebuilt<A, void, void>(options, compile, () => undefined)
}

/** A hook that stops at the first tap that answers something. */
export function createBailHook<A extends unknown[], R>(options: HookOptions): BailHook<A, R> {
  const compile = () => new AsyncSeriesBailHook<Four, unknown>(argumentNames)
  return rebuilt<A, R, R | undefined>(options, compile, () => undefined)
}

/** A hook that hands a value from tap to tap; a tap that answers nothing keeps the value. */
export function createWaterfallHook<T, Rest extends unknown[] = []>(options: HookOptions): WaterfallHook<T, Rest> {
  const compile = () => new AsyncSeriesWaterfallHook<Four>(argumentNames)
  return rebuilt<[value: T, ...rest: Rest], T, T>(options, compile, (...args) => args[0])
}
