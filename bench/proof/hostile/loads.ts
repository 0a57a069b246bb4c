import { Http } from '@waqtor/contracts'
import { createKernel, defineCommand, defineEvent, definePlugin, type PluginEntry, z } from '@waqtor/kernel'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { residentMb } from './memory.ts'
import { below, counted, type Trial } from './trial.ts'

const Rang = defineEvent('bell.rang', {
  kind: 'transient',
  permission: 'bell:read',
  scope: 'host',
  schema: z.object({}),
})
const ring = defineCommand('bell.ring', {
  summary: 'Ring',
  permission: 'bell:write',
  scope: 'host',
  http: { method: 'POST', path: '/ring' },
  input: z.object({}),
  output: z.object({}),
})

/** Registers one of everything, and fills a megabyte. */
const bell = definePlugin({
  name: 'bell',
  config: z.object({}),
  requires: { http: Http },
  setup(ctx) {
    const filled = Buffer.alloc(1_000_000, 1)
    const timer = setInterval(() => filled.fill(2), 1_000)
    ctx.onClose(() => clearInterval(timer))
    ctx.onClose(ctx.services.http.mount('/bell', () => ({ status: 200, body: filled })))
    ctx.on(Rang, () => void filled.fill(3))
    ctx.handle(ring, () => {
      ctx.emit(Rang, {})
      return {}
    })
    for (const hook of Object.values(ctx.kernel.hooks)) ctx.tap(hook as typeof ctx.kernel.hooks.boot, () => {})
  },
})

/** Again and again, with a pause in between: what is freed in one round lets go of more. */
async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Plugins that come and go. */
export const loads: Trial = {
  rows: 'F6',
  name: 'loads',
  summary: 'a plugin with one of everything, loaded and unloaded a thousand times in a running kernel',
  async *run({ short }) {
    const times = short ? 50 : 1_000
    const mounted = new Set<string>()
    const mount = (prefix: string) => {
      mounted.add(prefix)
      return () => void mounted.delete(prefix)
    }
    const stay = definePlugin({
      name: 'stay',
      config: z.object({}),
      events: [Rang],
      provides: [Http],
      setup: (ctx) => ctx.provide(Http, { mount, address: undefined } as Partial<Http> as Http),
    })
    const without: readonly PluginEntry[] = [stay()]
    const all = [...without, bell()]
    await using kernel = createKernel({ plugins: all })
    await kernel.start()
    for (let i = 0; i < 20; i++) {
      await kernel.reload(without)
      await kernel.reload(all)
    }
    await kernel.reload(without)
    await collectGarbage()
    const before = snapshot(kernel)
    const memory = residentMb(process.pid)
    for (let i = 0; i < times; i++) {
      await kernel.reload(all)
      await kernel.reload(without)
    }
    await collectGarbage()
    const left = [...(await leftBehind(before, () => snapshot(kernel))), ...mounted]
    yield counted(`things left behind after ${times} times: ${left.join(', ') || 'none'}`, left.length, 0)
    yield below('memory beyond the beginning', residentMb(process.pid) - memory, 30, 'MB')
  },
}
