import { setTimeout as delay } from 'node:timers/promises'
import { RemoteDouble } from '@waqtor/whatsapp-web-double'
import { chromiumArgs, chromiumMb } from './chromium.ts'
import { chatOf, type RoundResult, type RoundTask } from './task.ts'

/** A start of a contestant. */
export interface Start {
  readonly qr: Promise<string>
  readonly ready: Promise<unknown>
  send(chatId: string, text: string): Promise<unknown>
  stop(): Promise<unknown>
}

/** What is heard of a start. */
export function hearing() {
  const qr = Promise.withResolvers<string>()
  const ready = Promise.withResolvers<void>()
  const fail = (reason: unknown) => {
    for (const it of [qr, ready]) it.reject(reason)
  }
  // Whoever does not wait for one of the two does not want to hear of its end, either.
  for (const { promise } of [qr, ready]) promise.catch(() => {})
  return { qr, ready, fail }
}

const patienceMs = 120_000
const settleMs = 2_000

/** What both contestants do, in this order. */
export async function playRound(task: RoundTask, begin: () => Promise<Start>): Promise<RoundResult> {
  const { double: address, directory, account, texts } = task
  const double = new RemoteDouble(address)
  const timed = async (until: (start: Start) => Promise<unknown>) => {
    const started = performance.now()
    const start = await begin()
    await soon(until(start))
    return { start, ms: performance.now() - started }
  }

  await double.control({ fastSync: false })
  const first = await timed((it) => it.qr)
  await double.scan({ qr: await first.start.qr, instance: account })
  await soon(first.start.ready)
  await first.start.stop()

  const second = await timed((it) => it.ready)
  await second.start.stop()

  await double.control({ fastSync: true })
  const { start, ms } = await timed((it) => it.ready)
  const started = performance.now()
  for (let i = 0; i < texts; i++) await start.send(chatOf(i), `Hello, this is text ${i}`)
  const sendingMs = performance.now() - started
  await judge(double, account, texts)
  await delay(settleMs)
  const after = {
    chromiumMb: await chromiumMb(directory),
    nodeMb: process.memoryUsage.rss() / 1_024 / 1_024,
    chromiumArgs: await chromiumArgs(directory),
  }
  await start.stop()
  return { qrMs: first.ms, readyMs: second.ms, missedMs: ms, perSecond: (texts / sendingMs) * 1_000, ...after }
}

/** The network has each text, and has it once. */
async function judge(double: RemoteDouble, account: string, texts: number): Promise<void> {
  for (const until = performance.now() + patienceMs; performance.now() < until; await delay(100)) {
    const accepted = await double.accepted(account)
    if (accepted.length < texts) continue
    const bodies = new Set(accepted.map((it) => it.body))
    if (accepted.length === texts && bodies.size === texts) return
    throw new Error(`${texts} texts, and the network has ${accepted.length}, ${bodies.size} of them different`)
  }
  throw new Error('texts never reached the network')
}

function soon<T>(promise: Promise<T>): Promise<T> {
  const late = delay(patienceMs, undefined, { ref: false }).then(() => {
    throw new Error(`nothing came within ${patienceMs} ms`)
  })
  return Promise.race([promise, late])
}
