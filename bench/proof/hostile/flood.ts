import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { apiKey } from '@waqtor/host/testing'
import { inOwnProcess } from '../../kit/process.ts'
import { startFlags } from '../../kit/start-flags.ts'
import { stand } from '../kit/stand.ts'
import type { Answered, Greed } from './greedy.ts'
import { watchProcessor } from './processor.ts'
import { below, counted, p99, type Trial } from './trial.ts'

/** One customer who asks for more than the machine can do, beside others. */
export const flood: Trial = {
  rows: 'B12',
  name: 'flood',
  summary: 'one key that asks as fast as it can for a minute, and what others get meanwhile',
  async *run({ short }) {
    await using place = await stand()
    const { stack } = place
    const config = join(import.meta.dirname, 'flood.config.ts')
    const host = await stack.startHost({ config, nodeFlags: startFlags() })
    const { body: other } = await stack.request('POST', '/api/v2/keys', { permissions: ['contacts:read'] })

    let failed = 0
    const watch = async (isOver: () => boolean) => {
      const health: number[] = []
      while (!isOver()) {
        const started = performance.now()
        if ((await stack.request('GET', '/health')).status !== 200) failed++
        health.push(performance.now() - started)
        if ((await stack.request('GET', '/api/v2/contacts', undefined, { 'X-API-Key': other.key })).status !== 200)
          failed++
        await pause(20)
      }
      return health
    }
    // What the machine makes of it by itself, with whatever else it does.
    const quiet = performance.now() + (short ? 1_000 : 15_000)
    const alone = await watch(() => performance.now() > quiet)

    const share = watchProcessor(host.child.pid!)
    const connections = short ? 20 : 64
    let isOver = false
    const greedy = inOwnProcess<Answered>(new URL('./greedy.ts', import.meta.url).href, {
      url: `${stack.address}/api/v2/contacts`,
      key: apiKey,
      connections,
      seconds: short ? 3 : 60,
    } satisfies Greed).finally(() => {
      isOver = true
    })
    const [{ asked, refused, silent }, beside] = await Promise.all([greedy, watch(() => isOver)])
    yield counted('whether the greedy one was refused at all', Number(refused > 0), 1)
    yield counted(`refusals without Retry-After, of ${refused} among ${asked} requests`, silent, 0)
    yield counted(
      `of ${(alone.length + beside.length) * 2} requests of others, /health among them, those that were not served`,
      failed,
      0,
    )
    const { ran, waited } = share()
    // Whoever asks anything waits for one request of each connection at most.
    yield below('time of the processor for a request of each of its connections', (ran / asked) * connections, 25, 'ms')
    const without = Math.round(p99(alone) * 10) / 10
    const others = Math.round((waited / (ran + waited)) * 100)
    yield below(
      `the slowest /health but one in a hundred; ${without} ms without the flood; the host waited for a core ${others} % of its time`,
      p99(beside),
      50,
      'ms',
    )
  },
}
