import fc from 'fast-check'
import { AsyncSeriesBailHook, AsyncSeriesHook, AsyncSeriesWaterfallHook } from 'tapable'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createBailHook,
  createSeriesHook,
  createWaterfallHook,
  type Hook,
  type TapOrder,
  WaqtorError,
} from './index.ts'

/** What one generated tap does: answers at once or later, or fails. */
interface Deed {
  readonly owner: string
  readonly order: TapOrder
  readonly later: boolean
  readonly answer: number | undefined
}

const deeds = fc
  .array(
    fc.record({
      stage: fc.option(fc.integer({ min: -2, max: 2 }), { nil: undefined }),
      before: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
      later: fc.boolean(),
      answer: fc.option(fc.integer(), { nil: undefined }),
    }),
    { maxLength: 6 },
  )
  .map((list) =>
    list.map(({ stage, before, ...rest }, index): Deed => {
      const order = {
        ...(stage !== undefined && { stage }),
        ...(before !== undefined && { before: `plugin-${before}` }),
      }
      return { owner: `plugin-${index}`, order, ...rest }
    }),
  )

/** Runs the same taps in one of our hooks and in tapable's own; answers both traces with their results. */
async function compare(
  ours: Hook<[number], unknown, unknown>,
  theirs: AsyncSeriesHook<[number]>,
  list: readonly Deed[],
) {
  const traces: [unknown[], unknown[]] = [[], []]
  const act = (deed: Deed, trace: unknown[]) => async (value: number) => {
    if (deed.later) await Promise.resolve()
    trace.push(deed.owner, value)
    return deed.answer
  }
  for (const deed of list) {
    ours.tap(deed.owner, act(deed, traces[0]), deed.order)
    theirs.tapPromise({ name: deed.owner, ...deed.order }, act(deed, traces[1]) as () => Promise<void>)
  }
  return [
    [await ours.call(1), traces[0]],
    [await theirs.promise(1), traces[1]],
  ]
}

describe('our hooks do as tapable’s do, whatever the taps answer and however they are ordered', () => {
  const same = (make: () => Hook<[number], unknown, unknown>, tapable: () => unknown) =>
    fc.assert(
      fc.asyncProperty(deeds, async (list) => {
        const [ours, theirs] = await compare(make(), tapable() as AsyncSeriesHook<[number]>, list)
        expect(ours).toEqual(theirs)
      }),
    )

  it('series', () =>
    same(
      () => createSeriesHook<[number]>({ name: 'h', onError: 'abort' }) as never,
      () => new AsyncSeriesHook(['n']),
    ))
  it('bail', () =>
    same(
      () => createBailHook<[number], number>({ name: 'h', onError: 'abort' }) as never,
      () => new AsyncSeriesBailHook(['n']),
    ))
  it('waterfall', () =>
    same(
      () => createWaterfallHook<number>({ name: 'h', onError: 'abort' }) as never,
      () => new AsyncSeriesWaterfallHook(['n']),
    ))
})

describe('a series', () => {
  it('runs one tap after another and answers nothing', async () => {
    const steps: string[] = []
    const hook = createSeriesHook<[string]>({ name: 'boot', onError: 'abort' })
    hook.tap('slow', async (word) => {
      await Promise.resolve()
      steps.push(`slow ${word}`)
    })
    hook.tap('fast', (word) => void steps.push(`fast ${word}`))
    expect(await hook.call('go')).toBeUndefined()
    expect(steps).toEqual(['slow go', 'fast go'])
  })

  it('without taps is nothing to wait for', async () => {
    expect(await createSeriesHook({ name: 'boot', onError: 'abort' }).call()).toBeUndefined()
    expect(await createBailHook({ name: 'veto', onError: 'abort' }).call()).toBeUndefined()
    expect(await createWaterfallHook<string>({ name: 'change', onError: 'abort' }).call('as it was')).toBe('as it was')
  })
})

describe('a reversed hook', () => {
  it('runs the last registered first, the highest stage before all', async () => {
    const steps: string[] = []
    const hook = createSeriesHook({ name: 'close', onError: 'skip', reverse: true })
    const step = (name: string, order?: TapOrder) => hook.tap(name, () => void steps.push(name), order)
    step('storage')
    step('doors', { stage: 10 })
    step('messages')
    step('early', { stage: -10 })
    step('campaigns')
    step('guard', { before: 'messages' })
    await hook.call()
    expect(steps).toEqual(['doors', 'guard', 'campaigns', 'messages', 'storage', 'early'])
  })
})

describe('the taps of some owners', () => {
  it('can be called alone', async () => {
    const hook = createWaterfallHook<string>({ name: 'change', onError: 'abort' })
    for (const name of ['a', 'b', 'c']) hook.tap(name, (text) => text + name)
    expect(await hook.callFor(new Set(['a', 'c', 'stranger']), '-')).toBe('-ac')
    expect(await hook.callFor(new Set(), '-')).toBe('-')
    expect(hook.owners).toEqual(['a', 'b', 'c'])
  })
})

describe('a tap', () => {
  it('can be taken back, once and as often as one likes', async () => {
    const hook = createWaterfallHook<string>({ name: 'change', onError: 'abort' })
    const undo = hook.tap('a', (text) => `${text}a`)
    hook.tap('b', (text) => `${text}b`)
    expect(await hook.call('-')).toBe('-ab')
    undo()
    undo()
    expect(await hook.call('-')).toBe('-b')
    expect(hook.owners).toEqual(['b'])
  })

  it('that comes or goes while the hook is being called changes the next call, not this one', async () => {
    const steps: string[] = []
    const hook = createSeriesHook({ name: 'boot', onError: 'abort' })
    hook.tap('first', () => {
      steps.push('first')
      undo()
      hook.tap('third', () => void steps.push('third'))
    })
    const undo = hook.tap('second', () => void steps.push('second'))
    await hook.call()
    expect(steps).toEqual(['first', 'second'])
    steps.length = 0
    await hook.call()
    expect(steps).toEqual(['first', 'third'])
  })

  it('twice of the same plugin counts twice', async () => {
    const hook = createWaterfallHook<number>({ name: 'add', onError: 'abort' })
    const undo = hook.tap('a', (n) => n + 1)
    hook.tap('a', (n) => n + 1)
    expect(await hook.call(0)).toBe(2)
    undo()
    expect(await hook.call(0)).toBe(1)
  })
})

describe('a tap that fails', () => {
  const boom = () => {
    throw new Error('boom')
  }

  it('ends the call where the hook aborts, and the error names the plugin and the hook', async () => {
    const failures: WaqtorError[] = []
    const after = vi.fn()
    const onFailure = (error: WaqtorError) => void failures.push(error)
    const hook = createSeriesHook({ name: 'outgoing', onError: 'abort', phase: 'hook', onFailure })
    hook.tap('greeter', boom)
    hook.tap('after', after)
    await expect(hook.call()).rejects.toMatchObject({
      code: 'WAQ_HOOK_FAILED',
      plugin: 'greeter',
      message: expect.stringMatching(/'greeter'.*'outgoing'.*boom/),
      cause: expect.objectContaining({ message: 'boom' }),
    })
    expect(after).not.toHaveBeenCalled()
    expect(failures).toMatchObject([{ plugin: 'greeter', code: 'WAQ_HOOK_FAILED' }])
  })

  it('is passed over where the hook skips, and a waterfall keeps the value', async () => {
    const onFailure = vi.fn()
    const hook = createWaterfallHook<string>({ name: 'change', onError: 'skip', onFailure })
    hook.tap('a', (text) => `${text}a`)
    hook.tap('broken', boom)
    hook.tap('b', async (text) => `${text}b`)
    expect(await hook.call('-')).toBe('-ab')
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ plugin: 'broken' }))
  })

  it('lets a bail hook ask the next one', async () => {
    const hook = createBailHook<[], true>({ name: 'incoming', onError: 'skip' })
    hook.tap('broken', async () => boom())
    hook.tap('handler', () => true)
    expect(await hook.call()).toBe(true)
  })

  it.each([[null], [undefined], ['text'], [0]])('with %s is a failure like any other', async (thrown) => {
    const hook = createSeriesHook({ name: 'h', onError: 'abort' })
    hook.tap('odd', () => Promise.reject(thrown))
    await expect(hook.call()).rejects.toBeInstanceOf(WaqtorError)
  })

  it('on purpose keeps its code, and learns whose it was', async () => {
    const hook = createSeriesHook({ name: 'outgoing', onError: 'abort' })
    const refusal = new WaqtorError('WAQ_OPTED_OUT', 'the recipient wants no messages', { status: 409 })
    hook.tap('contacts', () => {
      throw refusal
    })
    await expect(hook.call()).rejects.toBe(refusal)
    expect(refusal).toMatchObject({ code: 'WAQ_OPTED_OUT', status: 409, plugin: 'contacts' })
  })

  it('on purpose keeps its code, from another copy of the kernel too', async () => {
    const far = Object.assign(new Error('far'), { code: 'WAQ_OPTED_OUT', phase: 'hook', plugin: null })
    const hook = createSeriesHook({ name: 'outgoing', onError: 'abort' })
    hook.tap('contacts', () => Promise.reject(far))
    await expect(hook.call()).rejects.toBe(far)
  })
})

describe('a tap that does not come back', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())
  const never = () => new Promise<never>(() => {})

  it('fails after five seconds', async () => {
    const hook = createSeriesHook({ name: 'h', onError: 'abort' })
    hook.tap('sleeper', never)
    const refused = expect(hook.call()).rejects.toMatchObject({
      code: 'WAQ_TIMEOUT',
      plugin: 'sleeper',
      message: expect.stringMatching(/'sleeper'.*5000 ms|5000 ms.*/),
    })
    await vi.advanceTimersByTimeAsync(5000)
    await refused
  })

  it('F2: has the time that the hook gives, each tap for itself', async () => {
    const hook = createWaterfallHook<number>({ name: 'h', onError: 'skip', timeoutMs: 100 })
    for (const name of ['a', 'b', 'c']) {
      hook.tap(name, (n) => new Promise((resolve) => setTimeout(() => resolve(n + 1), 90)))
    }
    hook.tap('sleeper', never)
    const result = hook.call(0)
    await vi.advanceTimersByTimeAsync(3 * 90 + 100)
    expect(await result).toBe(3)
  })

  it('is waited for where the hook has no limit', async () => {
    const hook = createBailHook<[], true>({ name: 'h', onError: 'abort', timeoutMs: 0 })
    hook.tap('patient', () => new Promise((resolve) => setTimeout(() => resolve(true), 10_000_000)))
    const result = hook.call()
    await vi.advanceTimersByTimeAsync(10_000_000)
    expect(await result).toBe(true)
  })
})
