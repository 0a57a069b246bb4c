import type { Session, TransportFact } from '@waqtor/contracts'
import { recordingLogger } from '@waqtor/kernel/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { clientInfo, ScriptedProvider, type ScriptedTransport } from '../testing/scripted-transport.ts'
import { settle, VirtualScheduler } from '../testing/virtual-scheduler.ts'
import { Supervisor, type SupervisorOptions } from './supervisor.ts'

const limits = {
  connectMs: 60_000,
  pairMs: 600_000,
  readyMs: 180_000,
  pingEveryMs: 30_000,
  pingMisses: 2,
  stableMs: 60_000,
  pingMs: 10_000,
  stopMs: 5_000,
}

let clock: VirtualScheduler
let provider: ScriptedProvider
let told: string[]
let logger: ReturnType<typeof recordingLogger>

beforeEach(() => {
  clock = new VirtualScheduler()
  provider = new ScriptedProvider()
  told = []
  logger = recordingLogger()
})

function supervise(options: Partial<SupervisorOptions> = {}): Supervisor {
  return new Supervisor({
    instance: 'shop',
    limits,
    backOff: { minMs: 1_000, maxMs: 300_000 },
    scheduler: clock,
    random: () => 1,
    log: logger,
    listener: {
      status: ({ status, reason }) => told.push(reason ? `${status} (${reason})` : status),
      qr: (qr) => told.push(`qr ${qr}`),
      pairingCode: (code) => told.push(`code ${code}`),
      ready: ({ pairing }: Session) => told.push(`session ${pairing}`),
      lost: (reason, permanent) => told.push(`lost: ${reason}${permanent ? ' for good' : ''}`),
      restricted: (reason) => told.push(`restricted: ${reason}`),
      deliver: (fact) => told.push(fact.type),
      changed: () => {},
    },
    connect: async () => (report, signal) =>
      provider.create({ instance: 'shop', directory: '/nowhere', report, signal }),
    ...options,
  })
}

const newest = (): ScriptedTransport => provider.made.at(-1)!
async function readySession(options?: Partial<SupervisorOptions>): Promise<Supervisor> {
  const session = supervise(options)
  session.start()
  await settle()
  newest().becomeReady()
  await settle()
  told.length = 0
  return session
}

it('tells its way from the start to a ready session', async () => {
  const session = supervise()
  expect(session.view).toMatchObject({ status: 'stopped', reason: null, clientInfo: null, lastSeenAt: null })
  session.start()
  await settle()
  newest().report({ type: 'qr', qr: 'A' })
  expect(session.view).toMatchObject({ status: 'qr', qr: { qr: 'A', timestamp: clock.now() } })
  newest().report({ type: 'pairing-code', code: 'C' })
  expect(session.view.pairingCode).toMatchObject({ code: 'C' })
  newest().report({ type: 'authenticated' })
  await clock.pass(1_000)
  newest().becomeReady()
  expect(told).toEqual(['connecting', 'qr A', 'qr', 'code C', 'authenticated', 'session pairing-1', 'ready'])
  expect(session.view).toMatchObject({
    status: 'ready',
    clientInfo,
    qr: null,
    since: clock.now(),
    lastSeenAt: clock.now(),
  })
  expect(session.session).toEqual({ instance: 'shop', transport: newest(), pairing: 'pairing-1' })
  expect(session.capabilities).toBe(newest().capabilities)
})

it('backs off further with every failure, to five minutes, and starts over when a connection has held', async () => {
  const session = supervise()
  provider.prepare = (it) => {
    it.onStart = () => Promise.reject(new Error('no network'))
  }
  session.start()
  const pauses: number[] = []
  for (let i = 0; i < 12; i++) {
    await settle()
    pauses.push(session.view.retryAt! - clock.now())
    await clock.pass(pauses.at(-1)!)
  }
  expect(pauses.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000])
  expect(pauses.slice(-3)).toEqual([300_000, 300_000, 300_000])
  expect(session.view).toMatchObject({ status: 'disconnected', reason: 'no network', failures: 13 })

  provider.prepare = () => {}
  await clock.pass(300_000)
  newest().becomeReady()
  await clock.pass(limits.stableMs)
  newest().report({ type: 'disconnected', reason: 'network' })
  await settle()
  expect(session.view.retryAt).toBe(clock.now() + 1_000)
})

it('never opens a connection before the last one has let go', async () => {
  const session = await readySession()
  const first = newest()
  const gone = Promise.withResolvers<void>()
  first.onStop = () => gone.promise
  session.restart()
  await clock.pass(1_000)
  expect(provider.made).toHaveLength(1)
  gone.resolve()
  await settle()
  expect(provider.made).toHaveLength(2)
  expect(first.setup.signal.aborted).toBe(true)
  expect(told).toEqual(['lost: restarted on request', 'disconnected (restarted on request)', 'connecting'])
})

it('gives a connection up that does not let go in time, and hears nothing of it any more', async () => {
  const session = await readySession()
  const first = newest()
  first.onStop = () => new Promise(() => {})
  const stopped = session.stop()
  await clock.pass(limits.stopMs)
  await stopped
  expect(first.setup.signal.aborted).toBe(true)
  expect(logger.lines.at(-1)).toMatchObject({ level: 'warn', data: { problem: 'it took more than 5000 ms' } })
  session.start()
  await settle()
  first.becomeReady('old')
  first.report({ type: 'ack', messageId: 'm', ack: 1 })
  expect(session.view.status).toBe('connecting')
  expect(told).toEqual(['lost: stopped', 'stopped', 'connecting'])
})

it('hands on what is received until the connection has let go', async () => {
  const session = await readySession()
  const gone = Promise.withResolvers<void>()
  newest().onStop = () => gone.promise
  const stopped = session.stop()
  const ack: TransportFact = { type: 'ack', messageId: 'm', ack: 1 }
  newest().report(ack)
  gone.resolve()
  await stopped
  newest().report(ack)
  expect(told).toEqual(['lost: stopped', 'stopped', 'ack'])
  expect(session.isAtRest).toBe(true)
})

describe('a probe', () => {
  it('shows that the connection lives', async () => {
    const session = await readySession()
    await clock.pass(limits.pingEveryMs * 3)
    expect(newest().calls).toEqual(['start', 'ping', 'ping', 'ping'])
    expect(session.view).toMatchObject({ status: 'ready', lastSeenAt: clock.now() })
  })

  it.each([
    ['fails', () => Promise.reject(new Error('closed'))],
    ['hangs', () => new Promise<void>(() => {})],
  ])('brings a dead connection down when it %s too often', async (_, onPing) => {
    const session = await readySession()
    newest().onPing = onPing
    await clock.pass((limits.pingEveryMs + limits.pingMs) * 3)
    expect(told[0]).toBe('lost: the connection does not answer any more')
    await clock.pass(1_000)
    expect(provider.made).toHaveLength(2)
    newest().becomeReady()
    expect(session.view.status).toBe('ready')
  })
})

describe('a step that takes too long', () => {
  it('is given up, whether it is the start or the way from the login to ready', async () => {
    const session = supervise()
    session.start()
    await clock.pass(limits.connectMs)
    expect(session.view).toMatchObject({ status: 'disconnected', reason: 'no connection within 60 s' })
    await clock.pass(1_000)
    newest().report({ type: 'authenticated' })
    await clock.pass(limits.readyMs)
    expect(session.view).toMatchObject({ status: 'disconnected', reason: 'not ready within 180 s of the login' })
  })

  it('makes a fresh QR code', async () => {
    const session = supervise()
    session.start()
    await settle()
    newest().report({ type: 'qr', qr: 'A' })
    await clock.pass(limits.pairMs)
    expect(provider.made).toHaveLength(2)
    expect(session.view).toMatchObject({ status: 'connecting', qr: null, failures: 0 })
  })

  it('may be the preparation itself, whose late end opens nothing', async () => {
    const prepared = Promise.withResolvers<void>()
    const session = supervise({
      connect: async () => {
        await prepared.promise
        return (report, signal) => provider.create({ instance: 'shop', directory: '/nowhere', report, signal })
      },
    })
    session.start()
    await session.stop()
    prepared.resolve()
    await settle()
    expect(provider.made).toHaveLength(0)
    expect(session.view.status).toBe('stopped')
  })
})

it('says why a preparation failed, and tries again', async () => {
  let tries = 0
  const session = supervise({
    connect: () => (tries++ === 0 ? Promise.reject(new Error('disk full')) : Promise.reject(new Error('again'))),
  })
  session.start()
  await settle()
  expect(session.view).toMatchObject({ status: 'disconnected', reason: 'disk full' })
  await clock.pass(1_000)
  expect(session.view.reason).toBe('again')
})

describe('logging out', () => {
  it('unlinks the account and rests', async () => {
    const session = await readySession()
    await session.logout()
    expect(newest().calls).toEqual(['start', 'logout'])
    expect(told).toEqual(['lost: logged out for good', 'stopped (logged out)'])
    await clock.pass(1_000_000)
    expect(provider.made).toHaveLength(1)
    expect(session.view.clientInfo).toBeNull()
  })

  it('closes the connection all the same when it fails, and says so', async () => {
    const session = await readySession()
    newest().onLogout = () => Promise.reject(new Error('no answer'))
    await expect(session.logout()).rejects.toThrow('no answer')
    expect(newest().calls).toEqual(['start', 'logout', 'stop'])
    expect(session.isAtRest).toBe(true)
  })
})

it('stays down after a restriction, whatever time passes, until a person starts it', async () => {
  const session = await readySession()
  newest().report({ type: 'restricted', reason: 'too many messages' })
  await clock.pass(10_000_000)
  expect(told).toEqual([
    'lost: too many messages for good',
    'restricted: too many messages',
    'disconnected (too many messages)',
  ])
  expect(provider.made).toHaveLength(1)
  session.start()
  await settle()
  expect(provider.made).toHaveLength(2)
})

it('can be created as halted', () => {
  expect(supervise({ halted: 'too many messages' }).view).toMatchObject({
    status: 'disconnected',
    reason: 'too many messages',
  })
})

it('is given up on request, and tried at once when told to', async () => {
  const session = await readySession()
  await session.giveUp('the plugin is being reloaded')
  expect(newest().calls).toEqual(['start', 'stop'])
  session.kick()
  await settle()
  expect(provider.made).toHaveLength(2)
  await session.stop()
  await session.giveUp('nothing to give up')
  expect(session.view.status).toBe('stopped')
})

it('leaves no timer behind when it is stopped', async () => {
  for (const facts of [
    [],
    [{ type: 'qr', qr: 'A' }],
    [{ type: 'disconnected', reason: 'x' }],
  ] satisfies TransportFact[][]) {
    const session = supervise()
    session.start()
    await settle()
    newest().report(...facts)
    await settle()
    await session.stop()
    expect(clock.pending).toBe(0)
  }
  await (await readySession()).stop()
  expect(clock.pending).toBe(0)
})

it('ignores a transport that speaks before it is started', async () => {
  const session = supervise({
    connect: async () => (report, signal) => {
      report({ type: 'ready', info: clientInfo, pairing: 'early' })
      return provider.create({ instance: 'shop', directory: '/nowhere', report, signal })
    },
  })
  session.start()
  await settle()
  expect(session.view.status).toBe('connecting')
})
