import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Receiver, startReceiver } from './fixtures/receiver.ts'

const child = fileURLToPath(new URL('./fixtures/telling-child.ts', import.meta.url))
/** How many events a host has to tell at most, so that they are delivered before the test is old. */
const MANY = 120

/** Runs a host that records events and delivers them, and kills it as soon as `enough`. Answers what it had committed. */
async function tellAndKill(directory: string, receiver: Receiver, from: number, enough: (told: number) => boolean) {
  const many = String(enough === toTheEnd ? 0 : MANY)
  const telling = spawn(process.execPath, [child, directory, receiver.url, String(from), many], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => telling.once('close', resolve))
  const told: number[] = []
  const watch = setInterval(() => enough(told.length) && telling.kill('SIGKILL'), 1)
  for await (const line of createInterface({ input: telling.stdout })) told.push(Number(line))
  clearInterval(watch)
  return { told, code: await ended }
}
const toTheEnd = () => false

describe('C1: a host that is killed', () => {
  it('has every event delivered that it had committed, each under one id', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'waqtor-webhooks-kill-'))
    let nth = 0
    // One in five answers is lost, so that there are retries to be killed in as well.
    await using receiver = await startReceiver((response) => (++nth % 5 === 0 ? response.destroy() : response.end()))
    try {
      const told: number[] = []
      // Some die by what they have told, some by what has arrived: in the middle of deliveries.
      for (const [round, arrived] of [1, 0, 20, 0, 50].entries()) {
        const before = receiver.received.length
        const enough = (count: number) => (arrived > 0 ? receiver.received.length - before >= arrived : count >= 25)
        told.push(...(await tellAndKill(directory, receiver, round * MANY, enough)).told)
      }
      const { code } = await tellAndKill(directory, receiver, 0, toTheEnd)
      expect(code).toBe(0)

      const ids = new Map<number, Set<unknown>>()
      for (const { headers, body } of receiver.received) {
        const { n } = JSON.parse(body).data
        ids.set(n, (ids.get(n) ?? new Set()).add(headers['webhook-id']))
      }
      expect(told.length).toBeGreaterThan(50)
      expect(told.filter((n) => !ids.has(n))).toEqual([])
      expect([...ids].filter(([, those]) => those.size !== 1)).toEqual([])
      expect(new Set([...ids.values()].map((it) => [...it][0])).size).toBe(ids.size)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })
})
