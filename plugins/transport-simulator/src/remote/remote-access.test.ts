import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { leftBehind, type Snapshot, snapshot } from '@waqtor/kernel/testing'
import { Account, type Run } from '@waqtor/transport-suite'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../network/clock.ts'
import { startSimulator } from '../testing/index.ts'
import { SimulatorTransport } from '../transport.ts'
import { ask } from './ask.ts'
import { RemoteAccess } from './remote-access.ts'

const chatId = '201001234567@c.us'
const opened: RemoteAccess[] = []
afterEach(() => {
  for (const access of opened.splice(0)) access.close()
})

function remote(address: string) {
  const reach = Promise.withResolvers<string>()
  const reached = Promise.withResolvers<void>()
  const onReach = (is: boolean, reason: string) => (is ? reached.resolve() : reach.resolve(reason))
  const access = new RemoteAccess({ address, onReach })
  opened.push(access)
  const rest = { autoPair: true, preDrawnIds: true, absentAfterMs: 1_000, answerTimeoutMs: 60_000 }
  const options = { access, clock: systemClock, ...rest }
  const create = (setup: ConstructorParameters<typeof SimulatorTransport>[1]) => new SimulatorTransport(options, setup)
  return { access, unreachable: reach.promise, reached: reached.promise, provider: { kind: 'simulator', create } }
}

const sockets = (at: Snapshot) => at.resources.TCPSocketWrap ?? 0

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('a network in a process of its own', () => {
  it('is waited for, however late it comes', async () => {
    const port = await freePort()
    const { provider, access, unreachable, reached } = remote(`http://127.0.0.1:${port}`)
    await using account = await Account.create('default')
    const { facts, transport } = await account.start(provider)
    expect(await unreachable).toMatch(/ECONNREFUSED/)
    await expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'not-connected' })
    await expect(access.phones()).rejects.toMatchObject({ code: 'WAQ_SIMULATOR_UNREACHABLE', status: 503 })
    await using simulator = await startSimulator({ listen: `127.0.0.1:${port}` })
    await facts.next('ready')
    await reached
    expect(facts.of('disconnected')).toEqual([])
    expect(await simulator.phones()).toHaveLength(1)
  })

  it('is missed at once when it is killed; a new one has new pairings', async () => {
    const port = await freePort()
    const listen = `127.0.0.1:${port}`
    const { provider } = remote(`http://${listen}`)
    await using account = await Account.create('default')
    await using first = await startSimulator({ listen })
    const before = await account.start(provider)
    const { pairing } = await before.facts.next('ready')
    await first.control({ latencyMs: 60_000 })
    const lost = expect(before.transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'unknown' })
    await before.transport.newestMessageId(chatId)
    await first.kill()
    const { reason, loggedOut } = await before.facts.next('disconnected')
    expect(reason).toContain(listen)
    expect(loggedOut).toBeUndefined()
    await lost

    const after = await account.start(provider)
    await using _second = await startSimulator({ listen })
    expect((await after.facts.next('ready')).pairing).not.toBe(pairing)
  })

  it('keeps its pairings while hosts come and go', async () => {
    await using simulator = await startSimulator()
    await using account = await Account.create('default')
    const host = remote(simulator.address)
    const { pairing } = await (await account.start(host.provider)).facts.next('ready')
    // As in a killed process: the connection goes, nobody says good-bye.
    host.access.close()
    await expect.poll(async () => (await simulator.phones())[0]?.connected).toBe(false)
    const again = await account.start(remote(simulator.address).provider)
    expect((await again.facts.next('ready')).pairing).toBe(pairing)
  })

  it('carries many accounts over one connection, and lets it go with the last', async () => {
    await using simulator = await startSimulator()
    const before = snapshot()
    const { provider } = remote(simulator.address)
    const accounts = await Promise.all(['a', 'b', 'c'].map((it) => Account.create(it)))
    const runs: Run[] = []
    for (const account of accounts) runs.push(await account.ready(provider))
    await Promise.all(runs.map(({ transport }, i) => transport.send({ chatId, body: `from ${i}` })))
    expect((await simulator.log()).map((it) => `${it.instance} ${it.body}`).sort()).toEqual([
      'a from 0',
      'b from 1',
      'c from 2',
    ])
    expect(sockets(snapshot()) - sockets(before)).toBe(1)
    for (const account of accounts) await account[Symbol.asyncDispose]()
    expect(await leftBehind(before, () => snapshot())).toEqual([])
  })

  it('lets the connection go when the phone ends the last session', async () => {
    await using simulator = await startSimulator()
    const before = snapshot()
    const { provider } = remote(simulator.address)
    await using account = await Account.create('a')
    const { facts } = await account.ready(provider)
    await simulator.control({ logout: true })
    await facts.next('disconnected')
    await expect.poll(() => sockets(snapshot())).toBe(sockets(before))
  })

  it('may be wanted again by whoever is told that it was lost', async () => {
    const port = await freePort()
    const { access } = remote(`http://127.0.0.1:${port}`)
    const opening = { instance: 'a', pairing: null, autoPair: true }
    const ready = Promise.withResolvers<void>()
    const again = Promise.withResolvers<void>()
    await using first = await startSimulator({ listen: `127.0.0.1:${port}` })
    access.open(opening, '', (fact) => {
      if (fact.type === 'ready') ready.resolve()
      if (fact.type !== 'disconnected') return
      access.open(opening, '', (next) => (next.type === 'ready' ? again.resolve() : undefined))
    })
    await ready.promise
    await first.kill()
    await using _second = await startSimulator({ listen: `127.0.0.1:${port}` })
    await again.promise
  })

  it('answers what the virtual people see, and what is wrong with a question', async () => {
    await using simulator = await startSimulator()
    const { access, provider } = remote(simulator.address)
    await using account = await Account.create('default')
    const { transport } = await account.ready(provider)
    await transport.send({ chatId, body: 'hello' })
    expect((await access.phones()).items).toMatchObject([{ instance: 'default', accepted: 1 }])
    expect((await access.chats('default', 5)).items).toMatchObject([{ chatId, messages: 1 }])
    expect((await access.chat('default', '+20 100 123 4567', 5)).items).toMatchObject([{ body: 'hello', fromMe: true }])
    expect(await access.control({ ackDelayMs: 7 })).toMatchObject({ behaviour: { ackDelayMs: 7 } })
    await expect(access.deliver({ instance: 'x', from: chatId, text: 'y' })).rejects.toMatchObject({
      status: 404,
      code: 'WAQ_INSTANCE_UNKNOWN',
    })
    await expect(access.scan({ instance: 'default' })).rejects.toMatchObject({ status: 409, code: 'WAQ_CONFLICT' })
  })

  it('is not mistaken for some other server', async () => {
    const server = createServer((_, response) => response.writeHead(200).end('hello')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { provider, unreachable } = remote(address)
    await using account = await Account.create('default')
    await account.start(provider)
    expect(await unreachable).toMatch(/not a WaQtor simulator/)
    await expect(ask(address, '/phones')).rejects.toMatchObject({ code: 'WAQ_SIMULATOR_UNREACHABLE' })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('drops a session that speaks nonsense, and no other', async () => {
    await using simulator = await startSimulator()
    const { access } = remote(simulator.address)
    const ready = Promise.withResolvers<void>()
    const session = access.open({ instance: 'a', pairing: null, autoPair: true }, '', (fact) => {
      if (fact.type === 'ready') ready.resolve()
    })
    await ready.promise
    const outcome = await new Promise((resolve) => session.request({ do: 'send', chatId } as never, resolve))
    expect(outcome).toMatchObject({ failure: 'refused' })
    expect(await new Promise((resolve) => session.request({ do: 'ping' }, resolve))).toEqual({ ok: null })
  })
})
