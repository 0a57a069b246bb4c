/** WaQtor with its webhooks, in a process of its own, and what it delivers to receivers in another one. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Database, EventLog, HostInfo } from '@waqtor/contracts'
import { createKernel, defineEvent, definePlugin, systemPrincipal, z } from '@waqtor/kernel'
import events from '@waqtor/plugin-events'
import sqlite from '@waqtor/plugin-storage-sqlite'
import webhooks, { createWebhook } from '@waqtor/plugin-webhooks'
import { answerTask } from '../kit/process.ts'
import { scratch } from '../kit/scratch.ts'
import type { Ports, Report } from './receivers.ts'

export interface Task {
  /** How many events happen at once. */
  readonly burst: number
  /** How many come after that, one after another. */
  readonly steady: number
  readonly withHanging: boolean
}

export interface Measured {
  /** Deliveries to the nine healthy receivers a second, all events queued at once. */
  readonly rate: number
  /** Milliseconds from an event to its arrival, at 50 events a second. */
  readonly p50: number
  readonly p99: number
  /** How many deliveries hung at the end. */
  readonly hanging: number
  /** How much the process grew from its start to its largest. Bytes. */
  readonly growth: number
}

const STEADY_PAUSE_MS = 20

const Happened = defineEvent('bench.happened', {
  kind: 'recorded',
  permission: 'bench:read',
  scope: 'host',
  summary: 'Something happened',
  schema: z.object({ at: z.number(), text: z.string() }),
})
const now = () => performance.timeOrigin + performance.now()
const happened = () => ({ at: now(), text: 'What a message of usual length says. '.repeat(5) })

answerTask(async ({ burst, steady, withHanging }: Task): Promise<Measured> => {
  await using directory = await scratch()
  const receivers = fork(new URL('./receivers.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [ports] = (await once(receivers, 'message')) as [Ports]
  const report = async () => {
    receivers.send({})
    return ((await once(receivers, 'message')) as [Report])[0]
  }
  const parts = Promise.withResolvers<{ database: Database; log: EventLog }>()
  const host = definePlugin({
    name: 'host',
    config: z.object({}),
    provides: [HostInfo],
    setup: (ctx) =>
      ctx.provide(HostInfo, { dataDirectory: directory.path, version: '0', options: {}, isReady: () => true }),
  })
  const spectator = definePlugin({
    name: 'spectator',
    config: z.object({}),
    requires: { database: Database, log: EventLog },
    events: [Happened],
    setup: (ctx) => parts.resolve(ctx.services),
  })
  const all = [...ports.healthy, ports.hanging].map((it) => `127.0.0.1:${it}`)
  await using kernel = createKernel({
    plugins: [host(), sqlite(), events(), spectator(), webhooks({ allowPrivate: all, stopGraceMs: 0 })],
  })
  await kernel.start()
  const { database, log } = await parts.promise
  const file = await database.open('host')
  for (const port of withHanging ? [...ports.healthy, ports.hanging] : ports.healthy) {
    const url = `http://127.0.0.1:${port}/`
    await kernel.commands.execute(createWebhook, { url, types: [Happened.id] }, { principal: systemPrincipal })
  }
  const arrived = async (count: number) => {
    const delays: number[] = []
    for (;;) {
      const { delays: more, last, hanging } = await report()
      delays.push(...more)
      if (delays.length >= count) return { delays, last, hanging }
      await setTimeout(20)
    }
  }
  const tell = (count: number) =>
    file.write((tx) => log.recordAll(tx, Happened, Array.from({ length: count }, happened)))

  // Whatever is loaded with the first delivery is loaded.
  await tell(20)
  await arrived(20 * ports.healthy.length)
  let largest = process.memoryUsage.rss()
  const before = largest
  const watch = setInterval(() => {
    largest = Math.max(largest, process.memoryUsage.rss())
  }, 50)

  const began = now()
  await tell(burst)
  const { last } = await arrived(burst * ports.healthy.length)
  const rate = (burst * ports.healthy.length) / ((last - began) / 1_000)

  for (let i = 0; i < steady; i++) {
    await tell(1)
    await setTimeout(STEADY_PAUSE_MS)
  }
  const { delays, hanging } = await arrived(steady * ports.healthy.length)
  clearInterval(watch)
  const sorted = delays.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]!
  receivers.disconnect()
  return { rate, p50: at(0.5), p99: at(0.99), hanging, growth: largest - before }
})
