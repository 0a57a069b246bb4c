import { CredentialRevoked, Outbox } from '@waqtor/contracts'
import {
  createBailHook,
  defineEvent,
  definePlugin,
  type PluginContext,
  type PluginEntry,
  StartupError,
  z,
} from '@waqtor/kernel'
import { leftBehind, snapshot, testKernel } from '@waqtor/kernel/testing'
import { describe, expect, it, vi } from 'vitest'
import { type Outcome, Supervision } from './supervision.ts'

const Rang = defineEvent('bell.rang', {
  kind: 'transient',
  permission: 'bell:read',
  scope: 'host',
  schema: z.object({ count: z.int() }),
})

interface Trial {
  readonly told: Outcome[]
  readonly heard: string[]
  time: number
  ring(count: number): void
  readonly test: Awaited<ReturnType<typeof testKernel>>
}

/** A kernel with a bell, somebody who hears it, and a plugin that is watched over. */
async function withPlugin(setup: (ctx: PluginContext, trial: Trial) => void, spared: string[] = []): Promise<Trial> {
  const trial = { told: [] as Outcome[], heard: [] as string[], time: 0 } as unknown as Trial
  const bell = definePlugin({
    name: 'bell',
    config: z.object({}),
    events: [Rang],
    setup(ctx) {
      trial.ring = (count) => ctx.emit(Rang, { count })
      ctx.on(Rang, ({ count }) => void trial.heard.push(`bell ${count}`))
    },
  })
  const flaky = definePlugin({ name: 'flaky', config: z.object({}), setup: (ctx) => setup(ctx, trial) })
  const supervision = new Supervision({
    spared: new Set(spared),
    told: (it) => trial.told.push(it),
    now: () => trial.time,
  })
  const plugins = [bell(), flaky()].map((it) => supervision.watch(it))
  expect(supervision.watch(flaky()).spec).toBe(plugins[1]!.spec)
  return Object.assign(trial, { test: await testKernel({ plugins }) })
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe.each([
  [
    'throws',
    () => {
      throw new Error('boom')
    },
  ],
  ['rejects', () => Promise.reject(new Error('boom'))],
  [
    'throws null',
    () => {
      throw null
    },
  ],
])('F4: a listener that %s', (_, fail) => {
  it('is not called for half a minute after five failures, is tried once, and is left out the third time', async () => {
    const trial = await withPlugin((ctx, it) =>
      ctx.on(Rang, ({ count }) => {
        it.heard.push(`flaky ${count}`)
        return fail()
      }),
    )
    const calls = () => trial.heard.filter((it) => it.startsWith('flaky')).length
    const ring = async (times: number, time: number) => {
      trial.time = time
      for (let i = 0; i < times; i++) {
        trial.ring(i)
        await settled()
      }
    }
    await ring(10, 0)
    expect([calls(), trial.told]).toEqual([5, [{ plugin: 'flaky', at: 'bell.rang', opening: 'rests' }]])
    await ring(10, 29_999)
    expect(calls()).toBe(5)
    await ring(10, 30_000)
    expect([calls(), trial.told.length]).toEqual([6, 2])
    await ring(10, 60_000)
    expect([calls(), trial.told.at(-1)]).toEqual([7, { plugin: 'flaky', at: 'bell.rang', opening: 'off' }])
    await ring(10, 86_400_000)
    expect([calls(), trial.told.length]).toEqual([7, 3])
    // The others have heard everything, and each failure was told as the plugin's own.
    expect(trial.heard.filter((it) => it.startsWith('bell'))).toHaveLength(50)
    expect(trial.test.lines.filter((it) => it.level === 'error')).toHaveLength(7)
    await trial.test.kernel.close()
  })
})

describe('F4: a plugin that is watched over', () => {
  it('is called again once a try went well', async () => {
    let broken = true
    const trial = await withPlugin((ctx, it) =>
      ctx.on(Rang, () => {
        if (broken) throw new Error('boom')
        it.heard.push('flaky')
      }),
    )
    for (let i = 0; i < 6; i++) trial.ring(i)
    broken = false
    trial.time = 30_000
    for (let i = 0; i < 3; i++) trial.ring(i)
    expect(trial.heard.filter((it) => it === 'flaky')).toHaveLength(3)
    await trial.test.kernel.close()
  })

  it('is left out with one of its listeners only', async () => {
    const Other = defineEvent('bell.other', { ...Rang, kind: 'transient' })
    const trial = await withPlugin((ctx, it) => {
      ctx.on(Other, () => void it.heard.push('other'))
      ctx.on(Rang, ({ count }) => {
        ctx.emit(Other, { count })
        throw new Error('boom')
      })
    })
    for (let i = 0; i < 10; i++) trial.ring(i)
    expect(trial.heard.filter((it) => it === 'other')).toHaveLength(5)
    await trial.test.kernel.close()
  })

  it('has its taps watched where a broken one is skipped', async () => {
    const incoming = createBailHook<[text: string], true>({ name: 'messaging.incoming', onError: 'skip' })
    let calls = 0
    const trial = await withPlugin((ctx) =>
      ctx.tap(incoming, () => {
        calls++
        throw new Error('boom')
      }),
    )
    for (let i = 0; i < 10; i++) expect(await incoming.call('hello')).toBeUndefined()
    expect([calls, trial.told]).toEqual([5, [{ plugin: 'flaky', at: 'messaging.incoming', opening: 'rests' }]])
    await trial.test.kernel.close()
  })

  it.each(['kernel.hooks.authorize', 'a hook of somebody else'])(
    'is never left out when it taps %s, before or after',
    async (which) => {
      const hook = createBailHook<[], true>({ name: 'vault.opening', onError: 'abort' })
      let calls = 0
      let guardsAlso = () => {}
      const trial = await withPlugin((ctx) => {
        ctx.on(Rang, () => {
          calls++
          throw new Error('boom')
        })
        guardsAlso = () =>
          which === 'kernel.hooks.authorize'
            ? ctx.tap(ctx.kernel.hooks.authorize, () => undefined)
            : ctx.tap(hook, () => undefined)
      })
      for (let i = 0; i < 10; i++) trial.ring(i)
      expect(calls).toBe(5)
      guardsAlso()
      for (let i = 0; i < 10; i++) trial.ring(i)
      expect([calls, trial.told.length]).toEqual([15, 1])
      await trial.test.kernel.close()
    },
  )

  it('is never left out when it has the outbox in its hands, where it may have put a gate', async () => {
    let calls = 0
    const gatekeeper = definePlugin({
      name: 'gatekeeper',
      config: z.object({}),
      optional: { outbox: Outbox },
      setup(ctx) {
        ctx.on(Rang, () => {
          calls++
          throw new Error('boom')
        })
      },
    })
    const supervision = new Supervision({ spared: new Set(), told: () => expect.unreachable() })
    const bell = definePlugin({
      name: 'bell',
      config: z.object({}),
      setup(ctx) {
        ctx.tap(ctx.kernel.hooks.ready, () => {
          for (let count = 0; count < 10; count++) ctx.emit(Rang, { count })
        })
      },
    })
    await using _ = await testKernel({ plugins: [bell(), supervision.watch(gatekeeper())] })
    expect(calls).toBe(10)
  })

  it('goes on hearing of revocations, however often it fails at them', async () => {
    let calls = 0
    const trial = await withPlugin((ctx) => {
      ctx.on(CredentialRevoked, () => {
        calls++
        throw new Error('boom')
      })
      ctx.on(Rang, () => ctx.emit(CredentialRevoked, { principalId: 'key' }))
    })
    for (let i = 0; i < 10; i++) trial.ring(i)
    expect([calls, trial.told]).toEqual([10, []])
    await trial.test.kernel.close()
  })

  it('is none of those that are spared', async () => {
    let calls = 0
    const trial = await withPlugin((ctx) => ctx.on(Rang, () => Promise.reject(new Error(String(calls++)))), ['flaky'])
    for (let i = 0; i < 10; i++) trial.ring(i)
    await vi.waitFor(() => expect(calls).toBe(10))
    expect(trial.told).toEqual([])
    await trial.test.kernel.close()
  })

  it('begins anew when it is restarted, is not restarted for being watched, and leaves nothing behind', async () => {
    let calls = 0
    const trial = await withPlugin((ctx) =>
      ctx.on(Rang, () => {
        calls++
        throw new Error('boom')
      }),
    )
    const before = snapshot(trial.test.kernel)
    for (let i = 0; i < 10; i++) trial.ring(i)
    expect(calls).toBe(5)
    expect(await trial.test.reload((it) => it)).toEqual([])
    const again = (it: PluginEntry) => (it.spec.name === 'flaky' ? { ...it, spec: { ...it.spec } } : it)
    expect(await trial.test.reload(again)).toEqual(['flaky'])
    for (let i = 0; i < 10; i++) trial.ring(i)
    expect(calls).toBe(10)
    expect(await leftBehind(before, () => snapshot(trial.test.kernel))).toEqual([])
    await trial.test.kernel.close()
  })

  it('fails its start as before', async () => {
    const starting = withPlugin(() => {
      throw new Error('no')
    })
    await expect(starting).rejects.toBeInstanceOf(StartupError)
  })
})
