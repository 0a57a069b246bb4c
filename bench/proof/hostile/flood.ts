import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { apiKey } from '@waqtor/host/testing'
import { stand } from '../kit/stand.ts'
import { below, counted, p99, type Trial } from './trial.ts'

/** One customer who asks for more than the machine can do, beside others. */
export const flood: Trial = {
  rows: 'B12',
  name: 'flood',
  summary: 'one key that asks as fast as it can for a minute, and what others get meanwhile',
  async *run({ short }) {
    await using place = await stand()
    const { stack } = place
    await stack.startHost({ config: join(import.meta.dirname, 'flood.config.ts') })
    const { body: other } = await stack.request('POST', '/api/v2/keys', { permissions: ['contacts:read'] })
    const over = performance.now() + (short ? 3_000 : 60_000)

    let asked = 0
    let refused = 0
    // A machine that is very busy takes longer to ask too much.
    const isOver = () => performance.now() > (refused > 0 ? over : over + 60_000)
    let silent = 0
    const greedy = async () => {
      while (!isOver()) {
        const response = await fetch(`${stack.address}/api/v2/contacts`, { headers: { 'X-API-Key': apiKey } })
        await response.text()
        asked++
        if (response.status === 429) refused++
        if (response.status === 429 && !(Number(response.headers.get('retry-after')) >= 1)) silent++
      }
    }
    const health: number[] = []
    let failed = 0
    const watch = async () => {
      while (!isOver()) {
        const started = performance.now()
        if ((await stack.request('GET', '/health')).status !== 200) failed++
        health.push(performance.now() - started)
        if ((await stack.request('GET', '/api/v2/contacts', undefined, { 'X-API-Key': other.key })).status !== 200)
          failed++
        await pause(30)
      }
    }
    await Promise.all([...Array.from({ length: short ? 20 : 64 }, greedy), watch()])
    yield counted('whether the greedy one was refused at all', Number(refused > 0), 1)
    yield counted(`refusals without Retry-After, of ${refused} among ${asked} requests`, silent, 0)
    yield counted(
      `of ${health.length * 2} requests of others, /health among them, those that were not served`,
      failed,
      0,
    )
    yield below('the slowest /health but one in a hundred', p99(health), 50, 'ms')
  },
}
