import { bodyHash } from '@waqtor/contracts'
import { expect, it } from 'vitest'
import type { Stage } from './transport-suite.ts'

const chatId = '201001234567@c.us'

export function messageTests(stage: Stage): void {
  it('has a text in the log of the network before the send is answered', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    const body = 'مرحبا \u{1F44B}\nline two'
    const { messageId, timestamp, ack } = await transport.send({ chatId, body })
    expect(await stage.world.accepted(account.instance)).toEqual([
      expect.objectContaining({ instance: account.instance, to: chatId, messageId, body, bodyHash: bodyHash(body) }),
    ])
    expect(ack).toBeGreaterThanOrEqual(1)
    expect(timestamp).toBeGreaterThan(0)
  })

  it('sends under the id that was drawn before', async ({ skip }) => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    skip(!transport.capabilities.preDrawnIds, 'draws no ids')
    const drawn = transport.drawMessageId!(chatId)
    expect(transport.drawMessageId!(chatId)).not.toBe(drawn)
    expect((await transport.send({ chatId, body: 'drawn', messageId: drawn })).messageId).toBe(drawn)
    expect((await stage.world.accepted(account.instance)).map((it) => it.messageId)).toEqual([drawn])
  })

  it('sends a file with its caption', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    const data = new Uint8Array([137, 80, 78, 71])
    await transport.send({ chatId, body: 'look', media: { kind: 'image', mimeType: 'image/png', data } })
    const [line] = await stage.world.accepted(account.instance)
    expect(line).toMatchObject({ body: 'look', bodyHash: bodyHash('look', { data }) })
  })

  it('reports delivered and read, in this order', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    await stage.world.control({ instance: account.instance, ackDelayMs: 1 })
    const { messageId } = await transport.send({ chatId, body: 'x' })
    expect(await facts.next('ack')).toEqual({ type: 'ack', messageId, ack: 2 })
    expect(await facts.next('ack')).toEqual({ type: 'ack', messageId, ack: 3 })
  })

  it('reports what people write', async () => {
    await using account = await stage.account()
    const { facts } = await account.ready(stage.world.provider)
    await stage.world.deliver({ instance: account.instance, from: chatId, text: 'سؤال' })
    const { message } = await facts.next('message')
    expect(message).toMatchObject({ chatId, from: chatId, body: 'سؤال', kind: 'text', hasMedia: false, isGroup: false })
    expect(message.messageId).not.toBe('')
    expect(message.timestamp).toBeGreaterThan(0)
  })

  it('does not report what it has sent itself', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    await transport.send({ chatId, body: 'mine' })
    await stage.world.deliver({ instance: account.instance, from: chatId, text: 'yours' })
    expect((await facts.next('message')).message.body).toBe('yours')
  })

  it('reports what was written in a group, and by whom', async () => {
    await using account = await stage.account()
    const { facts } = await account.ready(stage.world.provider)
    const group = '120363000000000001@g.us'
    await stage.world.deliver({ instance: account.instance, from: chatId, group, text: 'all of you' })
    expect((await facts.next('message')).message).toMatchObject({
      chatId: group,
      author: chatId,
      isGroup: true,
      body: 'all of you',
    })
  })

  it('reports later what was written while it was away', async () => {
    await using account = await stage.account()
    const first = await account.ready(stage.world.provider)
    await first.transport.stop()
    await stage.world.deliver({ instance: account.instance, from: chatId, text: 'one' })
    await stage.world.deliver({ instance: account.instance, from: chatId, text: 'two' })
    const { facts } = await account.ready(stage.world.provider)
    expect([(await facts.next('message')).message.body, (await facts.next('message')).message.body]).toEqual([
      'one',
      'two',
    ])
  })

  it('knows which numbers are on WhatsApp', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    expect(await transport.resolveNumber(chatId)).toBe(chatId)
    expect(await transport.resolveNumber('12@c.us')).toBeNull()
  })

  it('refuses a number that cannot exist, for good', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    await expect(transport.send({ chatId: '12@c.us', body: 'x' })).rejects.toMatchObject({ failure: 'invalid-number' })
    expect(await stage.world.accepted(account.instance)).toEqual([])
  })

  it('carries many messages at once, each exactly once', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    const count = Math.min(500, transport.capabilities.maxInFlight * 20)
    const bodies = Array.from({ length: count }, (_, i) => `message ${i}`)
    const inFlight = Array.from({ length: transport.capabilities.maxInFlight }, async () => {
      for (let body = bodies.pop(); body; body = bodies.pop()) await transport.send({ chatId, body })
    })
    await Promise.all(inFlight)
    const log = await stage.world.accepted(account.instance)
    expect(new Set(log.map((it) => it.body)).size).toBe(count)
    expect(new Set(log.map((it) => it.messageId)).size).toBe(count)
    expect(log.length).toBe(count)
  })

  it('accepts the same id twice when it is sent twice', async ({ skip }) => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    skip(!transport.capabilities.preDrawnIds, 'draws no ids')
    skip(stage.world.looksFirst === true, 'looks into the chat before it sends')
    const messageId = transport.drawMessageId!(chatId)
    await transport.send({ chatId, body: 'twice', messageId })
    await transport.send({ chatId, body: 'twice', messageId })
    expect((await stage.world.accepted(account.instance)).map((it) => it.messageId)).toEqual([messageId, messageId])
  })

  it('keeps accounts apart', async () => {
    await using one = await stage.account()
    await using other = await stage.account()
    const first = await one.ready(stage.world.provider)
    const second = await other.ready(stage.world.provider)
    await first.transport.send({ chatId, body: 'mine' })
    expect(await stage.world.accepted(other.instance)).toEqual([])
    expect(await second.transport.newestMessageId(chatId)).toBeNull()
  })
}
