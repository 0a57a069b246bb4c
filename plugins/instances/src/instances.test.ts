import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { InstanceObserver, TransportFact } from '@waqtor/contracts'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { describe, expect, it } from 'vitest'
import * as contract from './index.ts'
import { follower, instancesKernel, key, status } from './testing/instances-kernel.ts'
import { alwaysReady, ScriptedProvider, type ScriptedTransport } from './testing/scripted-transport.ts'

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
