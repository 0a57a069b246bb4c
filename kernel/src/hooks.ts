import { AsyncSeriesBailHook, AsyncSeriesHook, AsyncSeriesWaterfallHook } from 'tapable'
import { inTime } from './deadline.ts'
import { blame, failure, type Phase, type WaqtorError } from './errors.ts'
import type { Awaitable } from './plugin.ts'

/** Where a tap stands among the others: by ascending `stage` (0 when absent), then in order of registration. */
export type TapOrder = { readonly stage?: number; readonly before?: string }

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

/** What a plugin does in a hook; `R` is what it may answer. */
// biome-ignore lint/suspicious/noConfusingVoidType: a tap that only looks returns nothing
export type TapFunction<A extends unknown[], R> = (...args: A) => Awaitable<NoInfer<R> | void>

/** A place where others may join in while the caller waits. `R` is what one tap may answer. */
export type Hook<A extends unknown[], R, Result = R | undefined> = ReturnType<typeof createHook<A, R, Result>>
export type SeriesHook<A extends unknown[]> = Hook<A, void, void>
export type BailHook<A extends unknown[], R> = Hook<A, R, R | undefined>
export type WaterfallHook<T, Rest extends unknown[] = []> = Hook<[value: T, ...rest: Rest], T, T>

type Tap<A extends unknown[]> = TapOrder & { readonly owner: string; readonly fn: TapFunction<A, unknown> }

/** What we use of tapable's hooks. */
type Tapable = Pick<AsyncSeriesBailHook<unknown[], unknown>, 'tapPromise' | 'promise'>

// tapable has no untap. The list of taps is the truth; its hook is made from the list and thrown away on change.
function createHook<A extends unknown[], R, Result>(options: HookOptions, make: () => Tapable) {
  const { name, onError, timeoutMs = 5000, phase = 'hook', reverse, onFailure } = options
  let taps: readonly Tap<A>[] = []

  const run = async ({ owner, fn }: Tap<A>, args: A): Promise<unknown> => {
    const where = `plugin '${owner}' in hook '${name}'`
    try {
      return await inTime<unknown>(fn(...args), timeoutMs, where, owner, phase)
    } catch (thrown) {
      onFailure?.(failure(thrown, 'WAQ_HOOK_FAILED', `${where} failed`, owner, phase))
      if (onError === 'abort') throw blame(thrown, 'WAQ_HOOK_FAILED', `${where} failed`, owner, phase)
      return undefined
    }
  }
  const build = (some: readonly Tap<A>[]): Tapable => {
    const hook = make()
    for (const tap of reverse ? some.toReversed() : some) {
      const { owner: name, stage = 0, before } = tap
      hook.tapPromise({ name, stage: reverse ? -stage : stage, before }, (...args) => run(tap, args as A))
    }
    return hook
  }
  let whole = build(taps)
  const set = (next: readonly Tap<A>[]): void => {
    taps = next
    whole = build(taps)
  }

  return {
    name,
    /** Owners of the taps, in the order in which they were registered. */
    get owners(): readonly string[] {
      return taps.map((it) => it.owner)
    },
    /** Joins in; calling the answer takes it back. */
    tap(owner: string, fn: TapFunction<A, R>, order?: TapOrder): () => void {
      const tap = { ...order, owner, fn }
      set([...taps, tap])
      return () => set(taps.filter((it) => it !== tap))
    },
    call: (...args: A) => whole.promise(...args) as Promise<Result>,
    /** As `call`, with the taps of these owners only. */
    callFor(owners: ReadonlySet<string>, ...args: A) {
      return build(taps.filter((it) => owners.has(it.owner))).promise(...args) as Promise<Result>
    },
  }
}

// tapable compiles for a number of arguments; none of our hooks has more than four.
const four: [string, string, string, string] = ['a', 'b', 'c', 'd']

/** A hook whose taps run one after another. */
export function createSeriesHook<A extends unknown[]>(options: HookOptions): SeriesHook<A> {
  return createHook(options, () => new AsyncSeriesHook<unknown[]>(four))
}

/** A hook that stops at the first tap that answers something. */
export function createBailHook<A extends unknown[], R>(options: HookOptions): BailHook<A, R> {
  return createHook(options, () => new AsyncSeriesBailHook<unknown[], unknown>(four))
}

/** A hook that hands a value from tap to tap; a tap that answers nothing keeps the value. */
export function createWaterfallHook<T, Rest extends unknown[] = []>(options: HookOptions): WaterfallHook<T, Rest> {
  return createHook(options, () => new AsyncSeriesWaterfallHook<unknown[]>(four))
}
