import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { InstanceObserver, TransportFact } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { describe, expect, it } from 'vitest'
import * as contract from './index.ts'
import { MOST } from './observers/fact-queue.ts'
import { follower, type InstancesKernel, instancesKernel } from './testing/instances-kernel.ts'
import { clientInfo, ScriptedProvider, type ScriptedTransport } from './testing/scripted-transport.ts'

const key = (permissions: string[], reach: Principal['instances'] = 'all'): Principal => ({
  id: 'key',
  role: 'key',
  permissions: new Set(permissions),
  instances: reach,
})

/** Resolves when the account shows the status. */
async function status({ test, run }: InstancesKernel, wanted: string, instance = 'default'): Promise<void> {
  if ((await run(contract.getState, { instance })).status === wanted) return
  await new Promise<void>((resolve) => {
    const undo = test.kernel.events.onAny((_, { type, data, instance: of }) => {
      if (type !== 'session.status' || of !== instance || (data as { status: string }).status !== wanted) return
      undo()
      resolve()
    })
  })
}

const alwaysReady = (kind?: string) => {
  const provider = new ScriptedProvider(kind)
  provider.prepare = (it) => {
    it.onStart = async () => it.becomeReady()
  }
  return provider
}

describe('at the first start', () => {
  it('creates what the config asks for, with a directory that is nobody else’s, and connects it', async () => {
    await using host = await instancesKernel({ config: { create: ['default', 'shop'] } })
    expect(host.services.accounts.ids()).toEqual(['default', 'shop'])
    const directory = join(host.directory, 'instances', 'shop')
    const transport = await host.provider.transport('shop')
    expect(transport.setup.directory).toBe(directory)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(host.test.events.filter((it) => it.type === 'instance.created').map((it) => it.data)).toEqual([
      { instanceId: 'default' },
      { instanceId: 'shop' },
    ])
  })

  it('is up whatever the sessions do', async () => {
    const provider = new ScriptedProvider()
    provider.prepare = (it) => {
      it.onStart = () => new Promise(() => {})
    }
    await using host = await instancesKernel({ provider, config: { limits: { stopMs: 1 } } })
    await provider.transport()
    expect(host.services.accounts.status('default')).toBe('connecting')
  })

  it('starts nothing when it is told not to', async () => {
    await using host = await instancesKernel({ config: { autoStart: false } })
    expect(host.services.accounts.status('default')).toBe('stopped')
    expect(host.provider.made).toEqual([])
  })

  it('says so when there is nothing to connect with', async () => {
    await using host = await instancesKernel({ config: { create: [] } })
    await host.reload({ without: 'transport', config: {} })
    expect(host.test.lines).toContainEqual(
      expect.objectContaining({ message: "instance 'default' is not created: no plugin brings a transport" }),
    )
    await expect(host.run(contract.createInstance, {})).rejects.toMatchObject({ code: 'WAQ_TRANSPORT_UNKNOWN' })
  })
})

describe('a session', () => {
  it('is told in events: status in the log, codes only to those who listen', async () => {
    await using host = await instancesKernel()
    const { test, provider } = host
    const transport = await provider.transport()
    transport.report({ type: 'qr', qr: 'secret-qr' }, { type: 'pairing-code', code: 'secret-code' })
    transport.becomeReady()
    const told = () => test.events.filter((it) => it.type.startsWith('session.'))
    await expect.poll(() => told().length).toBe(5)
    const timestamp = expect.any(Number)
    expect(told().filter((it) => it.sequence === undefined)).toMatchObject([
      { type: 'session.qr', data: { qr: 'secret-qr', timestamp } },
      { type: 'session.pairing-code', data: { code: 'secret-code', timestamp } },
    ])
    expect(told().filter((it) => it.sequence !== undefined)).toMatchObject([
      { type: 'session.status', sequence: 1, data: { status: 'connecting', timestamp } },
      { type: 'session.status', sequence: 2, data: { status: 'qr', timestamp } },
      { type: 'session.status', sequence: 3, data: { status: 'ready', clientInfo, timestamp } },
    ])
    const { items } = await host.services.events.page({ instance: 'default' })
    expect(items).toHaveLength(3)
    expect(JSON.stringify([items, test.lines])).not.toContain('secret')
  })

  it('shows its state', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    await status(host, 'ready')
    expect(await host.run(contract.getState, {})).toEqual({
      instance: 'default',
      status: 'ready',
      reason: null,
      clientInfo,
      since: expect.any(Number),
      uptimeMs: expect.any(Number),
      lastSeenAt: expect.any(Number),
      failures: 0,
      retryAt: null,
      timestamp: expect.any(Number),
    })
    expect(host.services.accounts.capabilities('default')).toMatchObject({ maxInFlight: 4 })
    expect(host.services.accounts.session('default')).toMatchObject({ pairing: 'pairing-1' })
    expect(host.services.accounts.session('garage')).toBeUndefined()
    expect(() => host.services.accounts.status('garage')).toThrow("there is no instance 'garage'")
  })

  it('shows what its connection takes of the machine, where that is told in time', async () => {
    await using host = await instancesKernel({ provider: alwaysReady(), config: { limits: { pingMs: 1 } } })
    const transport = await host.provider.transport()
    const usage = async () => (await host.run(contract.getInstance, {})).usage
    expect(await usage()).toBeNull()
    transport.usage = async () => ({ processes: 9, memoryBytes: 400_000_000 })
    expect(await usage()).toEqual({ processes: 9, memoryBytes: 400_000_000 })
    transport.usage = async () => Promise.reject(new Error('no /proc'))
    expect(await usage()).toBeNull()
    transport.usage = () => new Promise(() => {})
    expect(await usage()).toBeNull()
    await host.run(contract.stopInstance, {})
    expect(await usage()).toBeNull()
  })

  it('comes back by itself after it was lost', async () => {
    await using host = await instancesKernel({ provider: alwaysReady(), config: { backOff: { minMs: 1 } } })
    await status(host, 'ready')
    const first = await host.provider.transport()
    first.report({ type: 'disconnected', reason: 'network' })
    await host.provider.transport('default', 2)
    await status(host, 'ready')
    expect(first.calls).toEqual(['start', 'stop'])
  })

  it('stays halted after a restriction, even over a restart, until a person starts it', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    await status(host, 'ready')
    ;(await host.provider.transport()).report({ type: 'restricted', reason: 'too many messages' })
    await status(host, 'disconnected')
    await host.reload({ config: { limits: { pingMs: 1_234 } } })
    const state = await host.run(contract.getInstance, {})
    expect(state).toMatchObject({ status: 'disconnected', reason: 'too many messages' })
    expect(host.provider.made).toHaveLength(1)
    await host.run(contract.startInstance, {})
    await status(host, 'ready')
    await host.reload({})
    await status(host, 'ready')
    expect(host.provider.made).toHaveLength(3)
  })
})

describe('a flood that nobody can handle', () => {
  it('closes the connection until it has gone down; nothing of it is lost', async () => {
    const gate = Promise.withResolvers<void>()
    let handled = 0
    const observer: InstanceObserver = {
      facts: async (_, facts) => {
        await gate.promise
        handled += facts.length
      },
    }
    await using host = await instancesKernel({ provider: alwaysReady(), plugins: [follower(observer)()] })
    await status(host, 'ready')
    const transport = await host.provider.transport()
    for (let n = 0; n < MOST; n++) transport.report({ type: 'ack', messageId: String(n), ack: 1 })
    await status(host, 'disconnected')
    expect(host.services.accounts.session('default')).toBeUndefined()
    gate.resolve()
    await expect.poll(() => handled).toBe(MOST)
  })
})

describe('waiting for a ready session', () => {
  it('ends when it is ready', async () => {
    await using host = await instancesKernel()
    const waiting = host.services.accounts.ready('default')
    ;(await host.provider.transport()).becomeReady()
    expect(await waiting).toMatchObject({ instance: 'default', pairing: 'pairing-1' })
    expect(await host.services.accounts.ready('default')).toBe(await waiting)
  })

  it('ends with what to do when the time is up, the caller has gone, or the account has', async () => {
    await using host = await instancesKernel()
    const transport = await host.provider.transport()
    await expect(host.services.accounts.ready('default', { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'WAQ_SESSION_NOT_READY',
      status: 503,
      retryAfter: 5,
      message: "the session of 'default' is not ready but 'connecting'",
    })
    await expect(host.services.accounts.ready('garage')).rejects.toMatchObject({
      code: 'WAQ_INSTANCE_UNKNOWN',
      status: 404,
    })
    const gone = AbortSignal.abort()
    await expect(host.services.accounts.ready('default', { signal: gone })).rejects.toMatchObject({
      code: 'WAQ_ABORTED',
    })
    transport.report({ type: 'disconnected', reason: 'network' })
    await status(host, 'disconnected')
    await expect(host.services.accounts.ready('default', { timeoutMs: 1 })).rejects.toMatchObject({
      message: expect.stringContaining(': network'),
      retryAfter: 1,
    })
    const waiting = host.services.accounts.ready('default')
    const removed = expect(waiting).rejects.toMatchObject({ code: 'WAQ_INSTANCE_UNKNOWN' })
    await host.run(contract.deleteInstance, {})
    await removed
  })

  it('ends when the host stops', async () => {
    const host = await instancesKernel()
    const waiting = expect(host.services.accounts.ready('default')).rejects.toMatchObject({
      code: 'WAQ_CLOSED',
      status: 503,
    })
    await host[Symbol.asyncDispose]()
    await waiting
  })
})

describe('pairing', () => {
  it('answers the QR code, waiting for it while the session is on its way', async () => {
    await using host = await instancesKernel()
    const asked = host.run(contract.getQr, {})
    ;(await host.provider.transport()).report({ type: 'qr', qr: 'A' })
    expect(await asked).toEqual({ qr: 'A', timestamp: expect.any(Number) })
  })

  it('asks for a pairing code, in any writing of the number, and remembers it', async () => {
    await using host = await instancesKernel()
    await expect(host.run(contract.getPairingCode, {})).rejects.toMatchObject({ status: 409 })
    const asked = host.run(contract.getPairingCode, { phoneNumber: '+٢٠ (100) 123-4567' })
    ;(await host.provider.transport()).report({ type: 'qr', qr: 'A' })
    expect(await asked).toMatchObject({ code: 'CODE-201001234567' })
    expect(await host.run(contract.getPairingCode, {})).toMatchObject({ code: 'CODE-201001234567' })
    for (const phoneNumber of ['', '0100 123', 'call me', '+'])
      await expect(host.run(contract.getPairingCode, { phoneNumber })).rejects.toMatchObject({ status: 400 })
  })

  it('says what to do where no code will come', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    await status(host, 'ready')
    await expect(host.run(contract.getQr, {})).rejects.toThrow(/paired already: log it out/)
    await host.run(contract.stopInstance, {})
    await expect(host.run(contract.getQr, {})).rejects.toThrow(/start it first/)
    await expect(host.run(contract.getPairingCode, { phoneNumber: '201001234567' })).rejects.toMatchObject({
      code: 'WAQ_CONFLICT',
    })
  })

  it('needs a permission of its own', async () => {
    await using host = await instancesKernel()
    const principal = key(['instances:read', 'instances:write'])
    await expect(host.run(contract.getQr, {}, { principal })).rejects.toMatchObject({ status: 403 })
    await expect(host.run(contract.getPairingCode, {}, { principal })).rejects.toMatchObject({ status: 403 })
    const denial = await host.test.kernel.authorize(contract.SessionQr, { principal }, 'default')
    expect(denial).toMatchObject({ status: 403 })
  })
})

describe('commands', () => {
  it('start, stop, restart and log out', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    const { run } = host
    await status(host, 'ready')
    expect(await run(contract.stopInstance, {})).toMatchObject({ status: 'stopped' })
    await expect(run(contract.logoutInstance, {})).rejects.toMatchObject({ code: 'WAQ_CONFLICT' })
    expect(await run(contract.startInstance, {})).toMatchObject({ status: 'connecting' })
    await status(host, 'ready')
    await run(contract.restartInstance, {})
    await host.provider.transport('default', 3)
    await status(host, 'ready')
    expect(await run(contract.logoutInstance, {})).toMatchObject({
      status: 'stopped',
      reason: 'logged out',
      clientInfo: null,
    })
    expect(host.provider.made.map((it) => it.calls)).toEqual([
      ['start', 'stop'],
      ['start', 'stop'],
      ['start', 'logout'],
    ])
  })

  it('say when the account could not be unlinked', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    await status(host, 'ready')
    ;(await host.provider.transport()).onLogout = () => Promise.reject(new Error('no answer'))
    await expect(host.run(contract.logoutInstance, {})).rejects.toMatchObject({
      status: 503,
      message: expect.stringMatching(/no answer.*remove it on the phone/),
    })
    expect(host.services.accounts.status('default')).toBe('stopped')
  })

  it('create an account that runs beside the others', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    const { run } = host
    expect(await run(contract.createInstance, { id: 'shop', name: 'The shop' })).toMatchObject({
      id: 'shop',
      name: 'The shop',
      transport: 'scripted',
      autoStart: true,
    })
    await status(host, 'ready', 'shop')
    await status(host, 'ready')
    const drawn = await run(contract.createInstance, { autoStart: false })
    expect(drawn.id).toMatch(/^wa-[0-9a-z]{10}$/)
    expect(drawn).toMatchObject({ name: drawn.id, status: 'stopped' })
    await expect(run(contract.createInstance, { id: 'shop' })).rejects.toMatchObject({ code: 'WAQ_INSTANCE_EXISTS' })
    await expect(run(contract.createInstance, { id: 'a', transport: 'pigeon' })).rejects.toMatchObject({
      code: 'WAQ_TRANSPORT_UNKNOWN',
      message: expect.stringContaining("'scripted'"),
    })
    for (const id of ['../up', 'host', ''])
      await expect(run(contract.createInstance, { id })).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    expect(host.services.accounts.has('a')).toBe(false)
  })

  it('change an account, its transport only while it rests', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    const { run } = host
    await status(host, 'ready')
    expect(await run(contract.updateInstance, { name: 'Mine', autoStart: false })).toMatchObject({
      name: 'Mine',
      autoStart: false,
    })
    await expect(run(contract.updateInstance, { transport: 'pigeon' })).rejects.toMatchObject({ status: 400 })
    const undo = host.services.transports.add(alwaysReady('pigeon'))
    await expect(run(contract.updateInstance, { transport: 'pigeon' })).rejects.toMatchObject({ status: 409 })
    await run(contract.stopInstance, {})
    expect(await run(contract.updateInstance, { transport: 'pigeon' })).toMatchObject({ transport: 'pigeon' })
    await run(contract.startInstance, {})
    await status(host, 'ready')
    await undo()
    expect(host.services.accounts.status('default')).toBe('disconnected')
    await undo()
    await host.reload({ config: { autoStart: false } })
    expect(await run(contract.getInstance, {})).toMatchObject({ name: 'Mine', transport: 'pigeon', status: 'stopped' })
  })

  it('show and touch only what the caller reaches', async () => {
    await using host = await instancesKernel({ config: { create: ['a', 'b', 'c'] } })
    const { run } = host
    const principal = key(['instances:*'], new Set(['b', 'd']))
    expect((await run(contract.listInstances, {}, { principal })).items.map((it) => it.id)).toEqual(['b'])
    await expect(run(contract.getInstance, { instance: 'a' }, { principal })).rejects.toMatchObject({ status: 403 })
    await expect(run(contract.createInstance, {}, { principal })).rejects.toMatchObject({ status: 403 })
    await expect(run(contract.createInstance, { id: 'e' }, { principal })).rejects.toMatchObject({ status: 403 })
    expect(await run(contract.createInstance, { id: 'd' }, { principal })).toMatchObject({ id: 'd' })
  })

  it('list in pages', async () => {
    await using host = await instancesKernel({ config: { create: ['a', 'b', 'c'], autoStart: false } })
    const first = await host.run(contract.listInstances, { limit: 2 })
    expect(first.items.map((it) => it.id)).toEqual(['a', 'b'])
    const second = await host.run(contract.listInstances, { limit: 2, cursor: first.nextCursor! })
    expect(second).toMatchObject({ items: [{ id: 'c' }], nextCursor: null })
  })
})

describe('deleting', () => {
  it('unlinks the account and removes all that belongs to it, for good', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    await status(host, 'ready')
    const transport = await host.provider.transport()
    expect(await host.run(contract.deleteInstance, { force: 'false' })).toEqual({ instance: 'default', deleted: true })
    expect(transport.calls).toEqual(['start', 'logout'])
    expect(existsSync(join(host.directory, 'instances', 'default'))).toBe(false)
    expect(host.services.accounts.ids()).toEqual([])
    await expect(host.run(contract.deleteInstance, {})).rejects.toMatchObject({ status: 404 })
    const { items } = await host.services.events.page({ instance: null })
    expect(items.at(-1)).toMatchObject({ type: 'instance.deleted', instance: null, data: { instanceId: 'default' } })
    // What a person deleted does not come back with the config that once created it.
    await host.reload({ config: { limits: { pingMs: 1_234 } } })
    expect((await host.run(contract.listInstances, {})).items).toEqual([])
    expect(await host.run(contract.createInstance, { id: 'default' })).toMatchObject({ id: 'default' })
  })

  it('is refused while a reader of the events is behind; the account stays, stopped, and can be forced out', async () => {
    await using host = await instancesKernel({ provider: alwaysReady(), config: { limits: { drainMs: 1 } } })
    await status(host, 'ready')
    host.services.events.read({ name: 'slow', handle: () => Promise.reject(new Error('not yet')) })
    await expect(host.run(contract.deleteInstance, {})).rejects.toMatchObject({
      code: 'WAQ_CONFLICT',
      message: expect.stringContaining("'slow'"),
    })
    expect(await host.run(contract.getInstance, {})).toMatchObject({ id: 'default', status: 'stopped' })
    await host.run(contract.startInstance, {})
    await status(host, 'ready')
    await host.run(contract.deleteInstance, { force: true })
    expect(host.services.accounts.has('default')).toBe(false)
  })

  it('is one person’s work at a time, and removes an account whose phone does not answer', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    await status(host, 'ready')
    const gate = Promise.withResolvers<void>()
    const transport = await host.provider.transport()
    transport.onLogout = () => gate.promise
    const deleting = host.run(contract.deleteInstance, {})
    await expect(host.run(contract.deleteInstance, {})).rejects.toThrow(/is being removed already/)
    await expect(host.run(contract.createInstance, { id: 'default' })).rejects.toMatchObject({ status: 409 })
    await expect.poll(() => transport.calls).toContain('logout')
    gate.reject(new Error('no answer'))
    expect(await deleting).toMatchObject({ deleted: true })
    expect(host.test.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('without being unlinked') }),
    )
  })

  it('goes on where it was cut short', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    await status(host, 'ready')
    await host.run(contract.stopInstance, {})
    // As a crash in the middle of a removal leaves it.
    const database = host.services.database
    await (await database.open('host')).write((tx) => tx.run('UPDATE instances SET deleting = 1'))
    const deleted = new Promise<void>((resolve) => {
      host.test.kernel.events.onAny((event) => {
        if (event.id === 'instance.deleted') resolve()
      })
    })
    await host.reload({ config: { limits: { pingMs: 1_234 } } })
    await deleted
    expect(existsSync(join(host.directory, 'instances', 'default'))).toBe(false)
    await expect(host.run(contract.getInstance, {})).rejects.toMatchObject({ status: 404 })
  })
})

describe('reloading', () => {
  it('another plugin leaves the sessions untouched, and loses nothing that comes in meanwhile', async () => {
    const told: string[] = []
    let transport: ScriptedTransport | undefined
    const ack = (messageId: string): TransportFact => ({ type: 'ack', messageId, ack: 1 })
    const observer: InstanceObserver = {
      ready: () => void told.push('ready'),
      lost: () => void told.push('lost'),
      facts: async (_, facts) => void told.push(...facts.map((it) => (it.type === 'ack' ? it.messageId : it.type))),
      // The plugin is on its way out or in; the world goes on.
      opened: async () => transport?.report(ack('while it was away')),
    }
    const plugin = follower(observer)
    await using host = await instancesKernel({ provider: alwaysReady(), plugins: [plugin()] })
    await status(host, 'ready')
    transport = await host.provider.transport()
    expect(await host.reload({ plugins: [plugin({ mark: 'changed' })] })).toContain('follower')
    transport.report(ack('after'))
    await expect.poll(() => told).toEqual(['ready', 'ready', 'while it was away', 'after'])
    expect(transport.calls).toEqual(['start'])
    expect(host.services.accounts.session('default')?.transport).toBe(transport)
  })

  it('the transport plugin closes its sessions before it goes, and connects them when it is back', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    await status(host, 'ready')
    const before = await host.provider.transport()
    expect(await host.reload({ mark: 'changed' })).not.toContain('instances')
    await status(host, 'ready')
    expect(before.calls).toEqual(['start', 'stop'])
    expect(host.provider.made).toHaveLength(2)
    await host.reload({ without: 'transport' })
    expect(await host.run(contract.getState, {})).toMatchObject({
      status: 'disconnected',
      reason: "the transport 'scripted' is not loaded",
    })
  })

  it('leaves nothing behind, however often', async () => {
    await using host = await instancesKernel({
      provider: alwaysReady(),
      plugins: [follower({ facts: async () => {} })()],
    })
    await host.reload({ without: 'follower' })
    await status(host, 'ready')
    const before = snapshot(host.test.kernel)
    for (let i = 0; i < 5; i++) {
      await host.reload({ config: { limits: { pingMs: 1_000 + i } } })
      await host.reload({ without: 'follower' })
      await status(host, 'ready')
    }
    expect(await leftBehind(before, () => snapshot(host.test.kernel))).toEqual([])
  })
})

describe('a host that stops', () => {
  it('stops every session and lets its followers finish', async () => {
    const told: string[] = []
    const observer: InstanceObserver = {
      facts: async () => void told.push('facts'),
      closed: async (instance) => void told.push(`closed ${instance}`),
    }
    const host = await instancesKernel({ provider: alwaysReady(), plugins: [follower(observer)()] })
    await status(host, 'ready')
    const transport = await host.provider.transport()
    transport.onStop = async () => transport.report({ type: 'ack', messageId: 'last', ack: 1 })
    await host[Symbol.asyncDispose]()
    expect(transport.calls).toEqual(['start', 'stop'])
    expect(told).toEqual(['facts', 'closed default'])
  })
})

describe('an instance that cannot be opened', () => {
  it('holds up no other, and says why', async () => {
    const observer: InstanceObserver = {
      opened: (instance) => (instance === 'bad' ? Promise.reject(new Error('the file is corrupt')) : Promise.resolve()),
    }
    await using host = await instancesKernel({
      provider: alwaysReady(),
      plugins: [follower(observer)()],
      config: { create: ['bad', 'good'] },
    })
    await status(host, 'ready', 'good')
    await status(host, 'disconnected', 'bad')
    expect(await host.run(contract.getInstance, { instance: 'bad' })).toMatchObject({ reason: 'the file is corrupt' })
  })
})
