import { stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { type Program, Stack } from '@waqtor/host/testing'
import type { Chance } from './chance.ts'
import { judge, type Verdict } from './verdict.ts'

export interface OrdealOptions {
  readonly recipients: number
  readonly inFlight: number
  /** At most so many counted kills. */
  readonly kills: number
  readonly chance: Chance
  /** No kill begins after this moment. */
  readonly until: number
}

export interface Ordeal extends Verdict {
  /** Kills with messages sent since the last one, and messages left to send. */
  readonly kills: number
  /** How often the campaign stopped itself because of errors, and was resumed. */
  readonly resumed: number
}

/** How long a campaign takes that nobody disturbs, about. */
const undisturbedMs = 10_000
const settleMs = 180_000

/** One campaign, whose host is killed again and again while its network misbehaves. */
export async function ordeal({
  recipients: count,
  inFlight,
  kills: most,
  chance,
  until,
}: OrdealOptions): Promise<Ordeal> {
  await using stack = await Stack.create()
  using _ = interruptible(stack)
  await stack.startNetwork()
  let host = await stack.startHost()
  const latencyMs = Math.max(2, Math.round((inFlight * undisturbedMs) / count))
  const faults = { dropAnswerRate: inFlight === 1 ? 0.002 : 0.01, dropAckRate: 0.02 }
  await stack.control({ latencyMs, ackDelayMs: 50, seed: chance.between(1, 2 ** 31), ...faults })

  const recipients = Array.from({ length: count }, (_, i) => `20100${String(1_000_000 + i)}`)
  const pacing = { inFlight }
  const created = await stack.request('POST', '/api/v2/campaigns', {
    name: 'proof',
    template: 'To {{phone}}',
    recipients,
    pacing,
  })
  if (created.status !== 201) throw new Error(`the campaign was not created: ${created.text}`)
  const path = `/api/v2/campaigns/${created.body.campaignId}`
  await stack.request('POST', `${path}/start`, {})

  let kills = 0
  let resumed = 0
  let killedAt = 0
  for (;;) {
    await sendFor(stack, killedAt, chance.between(1, 1_200))
    if (await resumeIfStopped(stack, path)) resumed++
    await disturb(stack, chance)
    await host.end('SIGKILL')
    const size = await logSize(stack)
    const finished = (await stack.accepted()).length >= count
    if (size > killedAt && !finished) kills++
    killedAt = size
    host = await startAgain(stack, chance)
    if (finished || kills >= most || Date.now() > until) break
  }

  await stack.control({ dropAnswerRate: 0, dropAckRate: 0, hang: false })
  const deadline = Date.now() + settleMs
  while (Date.now() < deadline) {
    const { body } = await stack.request('GET', path)
    if (body.status === 'completed' || (body.status === 'paused' && body.reason === 'held')) break
    if (await resumeIfStopped(stack, path)) resumed++
    await pause(200)
  }
  return { ...(await judge(stack, path, recipients)), kills, resumed }
}

/** Whoever interrupts the proof finds no process and no directory left behind. */
function interruptible(stack: Stack): Disposable {
  const end = () => void stack[Symbol.asyncDispose]().finally(() => process.exit(130))
  const signals = ['SIGINT', 'SIGTERM'] as const
  // Every time: a signal may come twice, to the process and to its group, and the second must not cut the end short.
  for (const it of signals) process.on(it, end)
  return {
    [Symbol.dispose]: () => {
      for (const it of signals) process.off(it, end)
    },
  }
}

/** Lets the campaign go on until something was sent since the last kill, and then for a while. */
async function sendFor(stack: Stack, since: number, ms: number): Promise<void> {
  const patience = Date.now() + 15_000
  while ((await logSize(stack)) <= since && Date.now() < patience) await pause(5)
  await pause(ms)
}

/** Sometimes the network has trouble of its own at the moment of the kill. */
async function disturb(stack: Stack, chance: Chance): Promise<void> {
  const trouble = chance.between(1, 20)
  if (trouble <= 3) {
    await stack.control({ disconnect: chance.between(0, 800) })
    await pause(chance.between(0, 1_500))
  } else if (trouble <= 6) {
    await stack.control({ hang: true })
    await pause(chance.between(0, 500))
    if (chance.happens(0.5)) await stack.control({ hang: false })
  }
}

/** Starts the host; sometimes it is killed once more before it is up. */
async function startAgain(stack: Stack, chance: Chance): Promise<Program> {
  const hanging = chance.happens(0.5)
  if (!hanging) await stack.control({ hang: false })
  if (chance.happens(0.1)) {
    const early = stack.run(['start', '--no-watch'])
    await pause(chance.between(0, 1_000))
    await early.end('SIGKILL')
  }
  const host = await stack.startHost()
  await stack.control({ hang: false })
  return host
}

/** Errors of the network stop a campaign; here a person says at once that it is to go on. */
async function resumeIfStopped(stack: Stack, path: string): Promise<boolean> {
  const { body } = await stack.request('GET', path)
  if (body.status !== 'paused' || body.reason === 'held') return false
  await stack.request('POST', `${path}/control`, { action: 'resume' })
  return true
}

async function logSize(stack: Stack): Promise<number> {
  return (await stat(stack.log).catch(() => undefined))?.size ?? 0
}
