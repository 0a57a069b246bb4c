import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HostInfo } from '@waqtor/contracts'
import { createKernel, definePlugin, z } from '@waqtor/kernel'
import { leftBehind, leftovers, snapshot } from '@waqtor/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import config from '../waqtor.config.ts'

let dataDirectory: string
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'waqtor-leftovers-'))
})
afterEach(() => rm(dataDirectory, { recursive: true, force: true }))

const host = definePlugin({
  name: 'host',
  config: z.object({}),
  provides: [HostInfo],
  setup: (ctx) => ctx.provide(HostInfo, { dataDirectory, version: 'test', options: { port: 0 }, isReady: () => true }),
})

/** Starts the plugins, closes them, and answers how to look at what they have left. */
async function run(): Promise<() => ReturnType<typeof snapshot>> {
  const kernel = createKernel({ plugins: [host(), ...config.plugins.filter((it) => !!it)] })
  await kernel.start()
  await kernel.close()
  return () => snapshot(kernel)
}

describe('the plugins of the stock config', () => {
  it('leave no command, listener, tap, timer, server or open file behind, however often they are started and closed', async () => {
    // The first run opens what the process keeps for good: thread pools, the standard streams.
    const before = (await run())()
    for (let i = 0; i < 100; i++) await run()
    const look = await run()
    expect(await leftBehind(before, look)).toEqual([])
  }, 180_000)

  it('are noticed when they do leave something behind', async () => {
    const before = (await run())()
    const leaking = definePlugin({
      name: 'leaking',
      config: z.object({}),
      setup() {
        timers.push(setInterval(() => {}, 60_000))
      },
    })
    const timers: NodeJS.Timeout[] = []
    const kernel = createKernel({ plugins: [leaking()] })
    await kernel.start()
    await kernel.close()
    const found = leftovers(before, snapshot(kernel))
    for (const it of timers) clearInterval(it)
    expect(found.some((it) => it.startsWith('resource Timeout'))).toBe(true)
  })
})
