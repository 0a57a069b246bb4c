import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IncomingMessage, MessageChange } from '@waqtor/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as contract from '../contract.ts'
import { FakeTransport, type MailKernel, mailKernel } from '../testing/index.ts'

let directory: string
let test: MailKernel
let network: FakeTransport
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-changes-'))
  test = await mailKernel({ directory })
  network = new FakeTransport()
  test.account.connect(network)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const chatId = '201001234567@c.us'
const me = '201000000000@c.us'
const incoming = (messageId: string, body: string, more: Partial<IncomingMessage> = {}): IncomingMessage => ({
  ...{ messageId, chatId, from: chatId, body, kind: 'text', hasMedia: false, isGroup: false, timestamp: 1_000 },
  ...more,
})
const said = (message: IncomingMessage) => test.account.report({ type: 'message', message })
const who = (messageId: string, timestamp = 2_000) => ({ messageId, chatId, from: chatId, timestamp })
const change = (it: MessageChange) => test.account.report(it)
const read = (messageId: string) => test.run(contract.getMessage, { messageId })
const dataOf = (type: string) => test.events.filter((it) => it.type === type).map((it) => it.data)
const found = async (query: string) =>
  (await test.run(contract.searchMessages, { query })).items.map((it) => it.messageId)

describe('what others do to a message', () => {
  it('shows on it, and is an event once', async () => {
    await said(incoming('m1', 'Hello'))
    for (let i = 0; i < 2; i++) await change({ type: 'reaction', ...who('m1'), emoji: '👍' })
    await change({ type: 'reaction', ...who('m1', 3_000), from: me, emoji: '🎉' })
    const reactions = [
      { from: chatId, emoji: '👍', timestamp: 2_000 },
      { from: me, emoji: '🎉', timestamp: 3_000 },
    ]
    expect((await read('m1')).reactions).toEqual(reactions)
    expect((await test.run(contract.listMessages, { chatId })).items[0]!.reactions).toEqual(reactions)
    await change({ type: 'reaction', ...who('m1', 4_000), emoji: '' })
    expect((await read('m1')).reactions).toEqual([reactions[1]])
    expect(dataOf('message.reaction')).toEqual([
      { ...who('m1'), emoji: '👍' },
      { ...who('m1', 3_000), from: me, emoji: '🎉' },
      { ...who('m1', 4_000), emoji: '' },
    ])
  })

  it('counts the latest vote of each in a poll', async () => {
    await change({ type: 'poll-vote', ...who('p1'), options: ['Today'] })
    await said(incoming('p1', 'When?\nToday\nTomorrow', { kind: 'poll' }))
    await change({ type: 'poll-vote', ...who('p1', 3_000), options: ['Tomorrow'] })
    expect((await read('p1')).votes).toEqual([{ from: chatId, options: ['Tomorrow'], timestamp: 3_000 }])
    await change({ type: 'poll-vote', ...who('p1', 4_000), options: [] })
    expect((await read('p1')).votes).toEqual([])
    expect(dataOf('poll.vote').map((it) => (it as { options: string[] }).options)).toEqual([
      ['Today'],
      ['Tomorrow'],
      [],
    ])
  })

  it('reads as it was edited, and is found by its new words only, indexed before or not', async () => {
    await said(incoming('m1', 'first offer'))
    expect(await found('offer')).toEqual(['m1'])
    await said(incoming('m2', 'second offer'))
    for (const id of ['m1', 'm2']) {
      for (let i = 0; i < 2; i++) await change({ type: 'edited', ...who(id), body: 'better price' })
    }
    expect(await read('m1')).toMatchObject({ body: 'better price', editedAt: 2_000 })
    expect(await found('offer')).toEqual([])
    expect(await found('better')).toEqual(['m2', 'm1'])
    expect(dataOf('message.edited')).toEqual([
      { ...who('m1'), body: 'better price' },
      { ...who('m2'), body: 'better price' },
    ])
  })

  it('leaves nothing of a deleted message but that there was one', async () => {
    await said(incoming('m1', 'secret'))
    await change({ type: 'reaction', ...who('m1'), emoji: '👍' })
    expect(await found('secret')).toEqual(['m1'])
    for (let i = 0; i < 2; i++) await change({ type: 'deleted', ...who('m1', 5_000) })
    await change({ type: 'edited', ...who('m1', 6_000), body: 'secret again' })
    await change({ type: 'reaction', ...who('m1', 6_000), emoji: '❤️' })
    expect(await read('m1')).toMatchObject({ body: '', deletedAt: 5_000, editedAt: null, reactions: [] })
    expect(await found('secret')).toEqual([])
    expect(dataOf('message.deleted')).toEqual([who('m1', 5_000)])
    expect(dataOf('message.edited')).toEqual([])
    expect(dataOf('message.reaction')).toHaveLength(1)
  })

  it('is told of messages, too, that came before this was set up', async () => {
    await change({ type: 'edited', ...who('old'), body: 'new text' })
    await change({ type: 'deleted', ...who('old') })
    expect(dataOf('message.edited')).toHaveLength(1)
    expect(dataOf('message.deleted')).toHaveLength(1)
  })

  it('is applied after the message when both come at once', async () => {
    await test.account.report(
      { type: 'message', message: incoming('m1', 'frist') },
      { type: 'edited', ...who('m1'), body: 'first' },
    )
    expect((await read('m1')).body).toBe('first')
  })
})

describe('what we do to a message', () => {
  it('is done on WhatsApp, written down with its event, and no news when it is echoed', async () => {
    await said(incoming('m1', 'Hello'))
    const { messageId } = await test.run(contract.sendText, { chatId, text: 'Helo' })
    await test.run(contract.reactToMessage, { messageId: 'm1', emoji: '👍' })
    await test.run(contract.editMessage, { messageId, text: 'Hello' })
    await change({ type: 'reaction', ...who('m1'), from: me, emoji: '👍' })
    await change({ type: 'edited', ...who(messageId), from: me, body: 'Hello' })
    expect((await read('m1')).reactions).toMatchObject([{ from: me, emoji: '👍' }])
    expect(await read(messageId)).toMatchObject({ body: 'Hello', editedAt: expect.any(Number) })
    await test.run(contract.deleteMessage, { messageId, forEveryone: true })
    await test.run(contract.deleteMessage, { messageId: 'm1' })
    expect(network.actions).toEqual([
      { do: 'react', messageId: 'm1', emoji: '👍' },
      { do: 'edit', messageId, body: 'Hello' },
      { do: 'delete', messageId, forEveryone: true },
      { do: 'delete', messageId: 'm1', forEveryone: false },
    ])
    expect(dataOf('message.reaction')).toMatchObject([{ messageId: 'm1', chatId, from: me, emoji: '👍' }])
    expect(dataOf('message.edited')).toMatchObject([{ messageId, from: me, body: 'Hello' }])
    expect(dataOf('message.deleted')).toMatchObject([{ messageId }, { messageId: 'm1' }])
    expect(await read(messageId)).toMatchObject({ body: '', deletedAt: expect.any(Number) })
  })

  it('changes nothing here when WhatsApp did not do it', async () => {
    await said(incoming('m1', 'Hello'))
    const codes = {
      refused: 'WAQ_ACTION_REFUSED',
      restricted: 'WAQ_ACTION_REFUSED',
      'not-connected': 'WAQ_SESSION_NOT_READY',
      unknown: 'WAQ_ACTION_UNKNOWN',
    } as const
    for (const [failure, code] of Object.entries(codes)) {
      network.failure = failure as keyof typeof codes
      await expect(test.run(contract.reactToMessage, { messageId: 'm1', emoji: '👍' })).rejects.toMatchObject({ code })
      await expect(test.run(contract.markSeen, { chatId })).rejects.toMatchObject({ code })
    }
    expect((await read('m1')).reactions).toEqual([])
    expect(dataOf('message.reaction')).toEqual([])
  })

  it('needs a message that is here, and a transport that can do it', async () => {
    const none = { messageId: 'none', emoji: '👍' }
    await expect(test.run(contract.reactToMessage, none)).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    Object.defineProperty(network, 'act', { value: undefined })
    await expect(test.run(contract.markSeen, { chatId })).rejects.toMatchObject({
      code: 'WAQ_ACTION_UNSUPPORTED',
      status: 501,
    })
  })

  it('reaches chats, in any writing of the number', async () => {
    await test.run(contract.markSeen, { chatId: '+20 100 123 4567' })
    await test.run(contract.showTyping, { chatId })
    await test.run(contract.showTyping, { chatId, state: 'paused' })
    expect(network.actions).toEqual([
      { do: 'seen', chatId },
      { do: 'typing', chatId, state: 'typing' },
      { do: 'typing', chatId, state: 'paused' },
    ])
  })
})

describe('a message from the phone', () => {
  const mine = (messageId: string, body: string) => incoming(messageId, body, { from: me, fromMe: true })

  it('is stored and told as sent, never as received', async () => {
    for (let i = 0; i < 2; i++) await said(mine('true_p1', 'From my phone'))
    expect(await read('true_p1')).toMatchObject({
      direction: 'out',
      source: 'phone',
      status: 'sent',
      from: null,
      body: 'From my phone',
    })
    expect(dataOf('message.sent')).toEqual([
      { messageId: 'true_p1', to: chatId, kind: 'text', status: 'sent', timestamp: 1_000, source: 'phone' },
    ])
    expect(dataOf('message.received')).toEqual([])
    expect(await found('phone')).toEqual(['true_p1'])
  })

  it('moves forward with its acknowledgements and never back', async () => {
    await said(mine('true_p1', 'From my phone'))
    for (const ack of [1, 3, 2, 3] as const) await test.account.report({ type: 'ack', messageId: 'true_p1', ack })
    expect((await read('true_p1')).status).toBe('read')
    expect(dataOf('message.status')).toMatchObject([{ messageId: 'true_p1', to: chatId, status: 'read' }])
  })

  it('is not taken for one when it is the echo of a send of ours, done or under way', async () => {
    const { messageId } = await test.run(contract.sendText, { chatId, text: 'Hello' })
    await said(mine(messageId, 'Hello'))
    expect((await read(messageId)).source).toBe('api')
    const { promise, resolve } = Promise.withResolvers<void>()
    network.behaviour = () => ({ do: 'accept', answered: promise })
    const sending = test.run(contract.sendText, { chatId, text: 'Under way' })
    await expect.poll(() => network.accepted.length).toBe(2)
    // The page chose an id of its own and tells of the message before it answers.
    await said(mine('true_other_id', ' Under way\r\n'))
    await said(mine(network.accepted[1]!.messageId, 'Under way'))
    resolve()
    const second = await sending
    expect((await test.run(contract.listMessages, {})).items.map((it) => it.messageId)).toEqual([
      second.messageId,
      messageId,
    ])
    expect(dataOf('message.sent').map((it) => (it as { source: string }).source)).toEqual(['api', 'api'])
  })
})
