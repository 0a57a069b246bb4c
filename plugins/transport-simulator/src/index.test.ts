import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HostInfo, type Transport, type TransportFact, type TransportProvider, Transports } from '@waqtor/contracts'
import { createKernel, definePlugin, z } from '@waqtor/kernel'
import { fake, leftBehind, snapshot, testKernel } from '@waqtor/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import simulator, { chat, chats, control, deliver, phone, phones, scan } from './index.ts'
import { startSimulator } from './testing/index.ts'

const chatId = '201001234567@c.us'
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-plugin-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** The accounts of a host, as far as this plugin needs them. */
function accounts() {
  const providers: TransportProvider[] = []
  const add = (provider: TransportProvider) => {
    providers.push(provider)
    return () => void providers.splice(providers.indexOf(provider), 1)
  }
  return {
    providers,
    fake: fake(Transports, { add }),
    async ready(instance = 'default'): Promise<Transport> {
      const ready = Promise.withResolvers<void>()
      const report = (fact: TransportFact) => {
        if (fact.type === 'ready' || fact.type === 'qr') ready.resolve()
      }
      const transport = providers[0]!.create({ instance, directory, report, signal: new AbortController().signal })
      await transport.start()
      await ready.promise
      return transport
    },
  }
}

describe('the plugin', () => {
  it('brings a network whose people can be watched and played', async () => {
    const host = accounts()
    await using test = await testKernel({
      plugins: [simulator({ ackDelayMs: 0, unregistered: ['201009999999'] })],
      fakes: [host.fake],
    })
    const transport = await host.ready()
    expect(transport.capabilities).toEqual({ real: false, maxInFlight: 1_000, preDrawnIds: true, absentAfterMs: 1_000 })
    await transport.send({ chatId, body: 'hello' })
    await expect(transport.send({ chatId: '201009999999@c.us', body: 'x' })).rejects.toMatchObject({
      failure: 'invalid-number',
    })
    await test.run(deliver, { from: chatId, text: 'hi' })
    expect((await test.run(phones, {})).items).toMatchObject([{ instance: 'default', accepted: 1, received: 1 }])
    expect((await test.run(chats, {})).items).toMatchObject([{ chatId, messages: 2, newest: { body: 'hi' } }])
    expect((await test.run(chat, { with: '+201001234567' })).items.map((it) => it.body)).toEqual(['hello', 'hi'])
    const picture = { kind: 'image' as const, mimeType: 'image/png', data: 'iVBORw0KGgo=' }
    const { messageId } = await test.run(deliver, { from: chatId, media: picture })
    expect((await transport.download!(messageId, 100))?.data.byteLength).toBe(8)
    await test.run(phone, { react: { messageId, emoji: '👍', from: chatId } })
    await test.run(phone, { write: { to: chatId, text: 'from the phone' } })
    expect((await test.run(chat, { with: chatId, limit: 2 })).items).toMatchObject([
      { kind: 'image', reactions: [{ from: chatId, emoji: '👍' }] },
      { body: 'from the phone', fromMe: true },
    ])
    await expect(test.run(phone, {})).rejects.toMatchObject({ status: 400 })
    await expect(test.run(deliver, { from: chatId })).rejects.toMatchObject({ status: 400 })
    expect(await test.run(control, { refuseRate: 1 })).toMatchObject({ instance: null, behaviour: { refuseRate: 1 } })
    await expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'refused' })
    await transport.stop()
  })

  it('lets a person scan where accounts do not pair by themselves', async () => {
    const host = accounts()
    await using test = await testKernel({ plugins: [simulator({ autoPair: false })], fakes: [host.fake] })
    const transport = await host.ready()
    await expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'not-connected' })
    const { number } = await test.run(scan, {})
    expect(number).toMatch(/^1555\d{7}$/)
    await transport.send({ chatId, body: 'x' })
    await transport.stop()
  })

  it('asks for the right permissions', async () => {
    const host = accounts()
    await using test = await testKernel({ plugins: [simulator()], fakes: [host.fake] })
    const principal = {
      id: 'k',
      role: 'viewer',
      permissions: new Set(['simulator:read']),
      instances: new Set(['default']),
    }
    await expect(test.run(phones, {}, { principal })).resolves.toEqual({ items: [] })
    await expect(test.run(control, {}, { principal })).rejects.toMatchObject({ status: 403 })
    await expect(test.run(chats, { instance: 'other' }, { principal })).rejects.toMatchObject({ status: 403 })
  })

  it('connects to a network of its own process, by the config or by the host', async () => {
    await using network = await startSimulator()
    const info = fake(HostInfo, { options: { simulatorNetwork: network.address } })
    for (const [options, fakes] of [
      [{ network: network.address }, []],
      [{ network: '' }, [info]],
    ] as const) {
      const host = accounts()
      await using test = await testKernel({ plugins: [simulator(options)], fakes: [host.fake, ...fakes] })
      const transport = await host.ready()
      expect(transport.capabilities.absentAfterMs).toBe(2_000)
      await transport.send({ chatId, body: 'x' })
      expect((await test.run(phones, {})).items).toHaveLength(1)
      await transport.stop()
    }
    expect(await network.log()).toHaveLength(2)
  })

  it('says that it waits for a network that is not there', async () => {
    const host = accounts()
    await using test = await testKernel({ plugins: [simulator({ network: 'http://127.0.0.1:1' })], fakes: [host.fake] })
    const report = () => {}
    const transport = host.providers[0]!.create({
      instance: 'a',
      directory,
      report,
      signal: new AbortController().signal,
    })
    await transport.start()
    await expect
      .poll(() => test.lines.map((it) => it.message))
      .toContainEqual(expect.stringMatching(/^waiting for the simulator at http:\/\/127\.0\.0\.1:1: /))
    await transport.stop()
    await expect(test.run(phones, {})).rejects.toMatchObject({ code: 'WAQ_SIMULATOR_UNREACHABLE' })
  })

  it('takes no address that is none', async () => {
    const kernel = createKernel({ plugins: [simulator({ network: '127.0.0.1:9180' }), transports()] })
    await expect(kernel.start()).rejects.toMatchObject({ problems: [{ message: expect.stringContaining('network') }] })
  })

  it('leaves nothing behind, however often it is loaded', async () => {
    const host = accounts()
    const before = snapshot()
    for (let i = 0; i < 100; i++) {
      await using _ = await testKernel({ plugins: [simulator()], fakes: [host.fake] })
      const transport = await host.ready()
      await transport.send({ chatId, body: 'x' })
    }
    expect(await leftBehind(before, () => snapshot())).toEqual([])
    expect(host.providers).toEqual([])
  })
})

function transports() {
  return definePlugin({
    name: 'transports',
    config: z.object({}),
    provides: [Transports],
    setup: (ctx) => ctx.provide(Transports, { add: () => () => {} }),
  })()
}
