import type { InstanceObserver } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import * as contract from './index.ts'
import { MOST } from './observers/fact-queue.ts'
import { follower, instancesKernel, key, status } from './testing/instances-kernel.ts'
import { alwaysReady, clientInfo } from './testing/scripted-transport.ts'

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
