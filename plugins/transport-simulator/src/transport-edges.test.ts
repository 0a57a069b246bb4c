import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TransportFact } from '@waqtor/contracts'
import { Account, queryFor } from '@waqtor/transport-suite'
import { describe, expect, it } from 'vitest'
import type { NetworkAccess } from './access.ts'
import { virtualRig } from './fixtures/virtual-rig.ts'
import type { Clock } from './network/clock.ts'
import { SimulatorTransport, type TransportOptions } from './transport.ts'

const chatId = '201001234567@c.us'

function rigged(more: Partial<TransportOptions> = {}) {
  const rig = virtualRig()
  const clock: Clock = rig.clock
  const access = { open: (opening, _, report) => rig.network.open(opening, report) } as Pick<
    NetworkAccess,
    'open'
  > as NetworkAccess
  const options = {
    access,
    clock,
    autoPair: true,
    preDrawnIds: true,
    absentAfterMs: 1_000,
    answerTimeoutMs: 5_000,
    ...more,
  }
  const create = (setup: ConstructorParameters<typeof SimulatorTransport>[1]) => new SimulatorTransport(options, setup)
  return { ...rig, provider: { kind: 'simulator', create } }
}

describe('the transport', () => {
  it('gives up on an answer after the time that was set, and not before', async () => {
    await using account = await Account.create('a')
    const { clock, network, provider } = rigged()
    const { transport } = await account.ready(provider)
    network.control({ hang: true })
    const ended: string[] = []
    const note = (name: string) => (error: unknown) =>
      ended.push(`${name}: ${error instanceof Error ? error.message : JSON.stringify(error)}`)
    transport.send({ chatId, body: 'x' }).catch(note('send'))
    transport.findSent(queryFor(chatId, 'x')).then(note('find'))
    await clock.advance(4_999)
    expect(ended).toEqual([])
    await clock.advance(1)
    await clock.advance(0)
    expect(ended).toEqual([
      'send: no answer within 5000 ms',
      'find: {"outcome":"inconclusive","reason":"no answer within 5000 ms"}',
    ])
  })

  it('draws no ids, and passes none on, where it was told not to', async () => {
    await using account = await Account.create('a')
    const { provider, log } = rigged({ preDrawnIds: false })
    const { transport } = await account.ready(provider)
    expect(transport.capabilities.preDrawnIds).toBe(false)
    expect(transport.drawMessageId).toBeUndefined()
    const { messageId } = await transport.send({ chatId, body: 'x', messageId: 'mine' })
    expect(messageId).toMatch(/^true_201001234567@c\.us_3EB0[0-9A-F]{18}$/)
    expect(log.entries.map((it) => it.messageId)).toEqual([messageId])
  })

  it('is not ready with a pairing that it cannot store', async () => {
    await using account = await Account.create('a')
    const { provider, network, clock } = rigged()
    // A file where the directory should be.
    writeFileSync(join(account.directory, 'simulator'), '')
    const { facts, transport } = await account.start(provider)
    expect((await facts.next('disconnected')).reason).toMatch(/pairing cannot be stored/)
    expect(facts.of('ready')).toEqual([])
    await expect(transport.ping()).rejects.toMatchObject({ failure: 'not-connected' })
    await clock.advance(0)
    expect(network.phones()).toMatchObject([{ connected: false }])
  })

  it('starts once, and not after it was stopped or its signal was aborted', async () => {
    await using account = await Account.create('a')
    const { provider, network } = rigged()
    const { transport, facts } = await account.ready(provider)
    await transport.start()
    expect(facts.of('ready')).toHaveLength(1)
    await transport.stop()
    await expect(transport.start()).rejects.toThrow(/starts once/)

    const reported: TransportFact[] = []
    const abort = new AbortController()
    const setup = {
      instance: 'b',
      directory: account.directory,
      report: (it: TransportFact) => reported.push(it),
      signal: abort.signal,
    }
    const aborted = provider.create(setup)
    await aborted.start()
    abort.abort()
    await expect(aborted.ping()).rejects.toMatchObject({ failure: 'not-connected' })
    await expect(provider.create(setup).start()).rejects.toThrow(/starts once/)
    const before = reported.length
    network.control({ logout: true })
    expect(reported.length).toBe(before)
  })

  it('forgets a pairing that the phone has ended', async () => {
    await using account = await Account.create('a')
    const { provider, network } = rigged()
    const { facts } = await account.ready(provider)
    network.control({ logout: true })
    await facts.next('disconnected')
    expect(existsSync(join(account.directory, 'simulator', 'link.json'))).toBe(false)
  })

  it('reports nothing that comes after it was stopped', async () => {
    await using account = await Account.create('a')
    let late: (fact: TransportFact) => void = () => {}
    const access = {
      open(_: unknown, __: unknown, report: (fact: TransportFact) => void) {
        late = report
        return { request() {}, close() {} }
      },
    } as unknown as NetworkAccess
    const { transport, facts } = await account.start(rigged({ access }).provider)
    await transport.stop()
    late({ type: 'ready', info: { platform: '', phoneNumber: '', name: '' }, pairing: 'p' })
    expect(facts.all).toEqual([])
    expect(existsSync(join(account.directory, 'simulator', 'link.json'))).toBe(false)
  })

  it('logs out, whether the network hears of it or not', async () => {
    await using account = await Account.create('a')
    const { provider, network, clock } = rigged()
    const link = join(account.directory, 'simulator', 'link.json')
    const { transport } = await account.ready(provider)
    expect(existsSync(link)).toBe(true)
    network.control({ hang: true })
    const out = transport.logout()
    await clock.advance(5_000)
    await out
    expect(existsSync(link)).toBe(false)

    mkdirSync(join(account.directory, 'simulator'), { recursive: true })
    writeFileSync(link, '{"pairing":"p"}')
    await account.prepare(provider).transport.logout()
    expect(existsSync(link)).toBe(false)
    rmSync(account.directory, { recursive: true })
  })
})
