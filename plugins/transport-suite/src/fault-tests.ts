import { expect, it, vi } from 'vitest'
import { queryFor } from './account.ts'
import type { Stage } from './transport-suite.ts'

const chatId = '201001234567@c.us'

export function faultTests(stage: Stage): void {
  it('not connected: nothing left', async () => {
    await using account = await stage.account()
    const { transport } = account.prepare(stage.world.provider)
    await expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'not-connected' })
    const run = await account.ready(stage.world.provider)
    await run.transport.stop()
    await expect(run.transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'not-connected' })
    expect(await stage.world.accepted(account.instance)).toEqual([])
  })

  it('not linked: nothing left', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.start(stage.world.unpaired)
    await facts.next('qr')
    await expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'not-connected' })
  })

  it('refused: nothing left', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    await stage.world.control({ instance: account.instance, refuseRate: 1 })
    await expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'refused' })
    expect(await stage.world.accepted(account.instance)).toEqual([])
    expect(await transport.findSent(queryFor(chatId, 'x', { anchor: null }))).toEqual({ outcome: 'absent' })
  })

  it('too long a text: nothing left', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    await expect(transport.send({ chatId, body: 'x'.repeat(100_000) })).rejects.toMatchObject({ failure: 'refused' })
    await transport.ping()
    expect(await stage.world.accepted(account.instance)).toEqual([])
  })

  it('no answer: unknown, and the chat shows what happened', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    await stage.world.control({ instance: account.instance, dropAnswerRate: 1 })
    await expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'unknown' })
    expect(await stage.world.accepted(account.instance)).toHaveLength(1)
    const answer = await transport.findSent(queryFor(chatId, 'x', { anchor: null }))
    expect(answer).toMatchObject({ outcome: 'found', matches: [{ ack: expect.toSatisfy((ack) => ack >= 1) }] })
  })

  it('acknowledgements lost: the chat still knows them', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    await stage.world.control({ instance: account.instance, dropAckRate: 1, ackDelayMs: 1 })
    expect((await transport.send({ chatId, body: 'x' })).ack).toBe(0)
    await vi.waitFor(async () => {
      const answer = await transport.findSent(queryFor(chatId, 'x', { anchor: null }))
      expect(answer).toMatchObject({ outcome: 'found', matches: [{ ack: 3 }] })
    })
    expect(facts.of('ack')).toEqual([])
  })

  it('slow network: the page holds the message, and shows it with ack 0', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    const { instance } = account
    let latencyMs = 50
    // Where the machine is too slow to look while the message is held, the network is slower the next time.
    await vi.waitFor(async () => {
      latencyMs *= 4
      await stage.world.control({ instance, latencyMs })
      const before = await stage.world.accepted(instance)
      const body = `slow by ${latencyMs} ms`
      const sent = transport.send({ chatId, body })
      const answer = await transport.findSent(queryFor(chatId, body, { anchor: null }))
      const after = await stage.world.accepted(instance)
      const { messageId } = await sent
      expect(after).toEqual(before)
      expect(answer).toMatchObject({ outcome: 'found', matches: [{ ack: 0 }] })
      expect((await stage.world.accepted(instance)).at(-1)?.messageId).toBe(messageId)
    })
  })

  it('session replaced while the page holds a message: it leaves nevertheless', async () => {
    await using account = await stage.account()
    const first = await account.ready(stage.world.provider)
    const { instance } = account
    await stage.world.control({ instance, latencyMs: 2_000 })
    const sent = first.transport.send({ chatId, body: 'slow' })
    const lost = expect(sent).rejects.toMatchObject({ failure: 'unknown' })
    await first.transport.findSent(queryFor(chatId, 'slow', { anchor: null }))
    const second = await account.ready(stage.world.provider)
    await lost
    expect((await second.transport.findSent(queryFor(chatId, 'slow', { anchor: null }))).outcome).toBe('found')
    await vi.waitFor(async () => expect(await stage.world.accepted(instance)).toHaveLength(1))
  })

  it('disconnected: sends under way are unknown, and the next session has the same pairing', async () => {
    await using account = await stage.account()
    const first = await account.start(stage.world.provider)
    const { pairing } = await first.facts.next('ready')
    const { instance } = account
    await stage.world.control({ instance, latencyMs: 60_000 })
    const lost = expect(first.transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'unknown' })
    await first.transport.newestMessageId(chatId)
    await stage.world.control({ instance, disconnect: true })
    const { loggedOut, reason } = await first.facts.next('disconnected')
    expect(loggedOut).toBeUndefined()
    expect(reason).not.toBe('')
    await lost
    await expect(first.transport.send({ chatId, body: 'y' })).rejects.toMatchObject({ failure: 'not-connected' })
    const second = await account.start(stage.world.provider)
    expect((await second.facts.next('ready')).pairing).toBe(pairing)
  })

  it('hanging: nothing is answered, and looks prove nothing', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    const { instance } = account
    await stage.world.control({ instance, hang: true })
    const [sent, look, ping] = await Promise.allSettled([
      transport.send({ chatId, body: 'x' }),
      transport.findSent(queryFor(chatId, 'x', { anchor: null })),
      transport.ping(),
    ])
    expect(sent).toMatchObject({ status: 'rejected', reason: { failure: 'unknown' } })
    expect(look).toMatchObject({ status: 'fulfilled', value: { outcome: 'inconclusive' } })
    expect(ping.status).toBe('rejected')
    await stage.world.control({ instance, hang: false })
    await transport.ping()
  })

  it('restricted: it says so, and nothing leaves until that is lifted', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    const { instance } = account
    await stage.world.control({ instance, restrict: true })
    expect((await facts.next('restricted')).reason).not.toBe('')
    await expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'restricted' })
    expect(await stage.world.accepted(instance)).toEqual([])
    await stage.world.control({ instance, restrict: false })
    await transport.send({ chatId, body: 'x' })
    expect(await stage.world.accepted(instance)).toHaveLength(1)
  })

  it('logged out while the page holds a message: the message is gone with the page', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    const { instance } = account
    await stage.world.control({ instance, latencyMs: 400 })
    const lost = expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'unknown' })
    await transport.newestMessageId(chatId)
    await stage.world.control({ instance, logout: true })
    await facts.next('disconnected')
    await lost
    const again = await account.ready(stage.world.provider)
    // The later one takes longer than the first would have taken.
    await stage.world.control({ instance, latencyMs: 500 })
    await again.transport.send({ chatId, body: 'later' })
    expect((await stage.world.accepted(instance)).map((it) => it.body)).toEqual(['later'])
  })
}
