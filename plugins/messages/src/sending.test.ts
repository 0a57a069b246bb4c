import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, Messaging } from '@waqtor/contracts'
import { definePlugin, systemPrincipal, WaqtorError, z } from '@waqtor/kernel'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  getMessage,
  listChatMessages,
  listChats,
  listMessages,
  searchMessages,
  sendMedia,
  sendText,
} from './contract.ts'
import { FakeTransport, type MailKernel, mailKernel } from './testing/index.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-messages-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const to = '201001234567@c.us'
const rows = async (test: MailKernel) => {
  const file = await test.service(Database).open('default')
  return file.all<{ id: number; state: string; reason: string | null; message_id: string | null }>(
    'SELECT id, state, reason, message_id FROM outbox ORDER BY id',
  )
}
const states = async (test: MailKernel) => (await rows(test)).map((it) => it.state)
const key = (idempotencyKey: string) => ({ idempotencyKey })

describe('sending a text', () => {
  it('answers with the id under which the network accepted it, and stores and announces it', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    test.account.connect(network)
    const answer = await test.run(sendText, { chatId: '+20 100 123 4567', text: 'Hello' })
    expect(network.accepted).toMatchObject([{ messageId: answer.messageId, message: { chatId: to, body: 'Hello' } }])
    expect(await test.run(getMessage, { messageId: answer.messageId })).toMatchObject({
      chatId: to,
      body: 'Hello',
      status: 'sent',
      source: 'api',
      direction: 'out',
      timestamp: answer.timestamp,
    })
    expect(test.events.find((it) => it.type === 'message.sent')?.data).toMatchObject({
      messageId: answer.messageId,
      to,
      source: 'api',
    })
  })

  it('says at once what is wrong with a recipient, and stores nothing', async () => {
    await using test = await mailKernel({ directory })
    test.account.connect(new FakeTransport())
    await expect(test.run(sendText, { chatId: 'Mona', text: 'Hello' })).rejects.toMatchObject({
      code: 'WAQ_CHAT_ID_INVALID',
      status: 400,
    })
    expect(await rows(test)).toEqual([])
  })

  it('refuses while the session is not ready, and keeps nothing that would surprise anybody later', async () => {
    await using test = await mailKernel({ directory })
    await expect(test.run(sendText, { chatId: to, text: 'Hello' })).rejects.toMatchObject({
      code: 'WAQ_SESSION_NOT_READY',
    })
    expect(await rows(test)).toEqual([])
  })

  it('withdraws a message that could not begin in time', async () => {
    await using test = await mailKernel({ directory, config: { waitMs: 100 } })
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'reject', failure: 'not-connected' })
    test.account.connect(network)
    await expect(test.run(sendText, { chatId: to, text: 'Hello' }, key('k'))).rejects.toMatchObject({
      code: 'WAQ_SESSION_NOT_READY',
    })
    expect(await states(test)).toEqual(['cancelled'])
    test.account.disconnect()
    const another = new FakeTransport()
    test.account.connect(another)
    await vi.waitFor(() => test.run(sendText, { chatId: to, text: 'Hello' }, key('k')))
    expect(another.accepted).toHaveLength(1)
  })

  it('tells that the network refused it', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'reject', failure: 'invalid-number' })
    test.account.connect(network)
    await expect(test.run(sendText, { chatId: to, text: 'Hello' })).rejects.toMatchObject({
      code: 'WAQ_SEND_FAILED',
      message: expect.stringContaining('not-on-whatsapp'),
    })
  })

  it('sends a file with its caption, and stores its bytes once', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    test.account.connect(network)
    const media = {
      chatId: to,
      media: Buffer.from('picture').toString('base64'),
      type: 'image' as const,
      caption: 'Look',
      filename: 'a.png',
    }
    await test.run(sendMedia, media)
    await test.run(sendMedia, media)
    expect(network.accepted[1]!.message).toMatchObject({
      body: 'Look',
      media: { kind: 'image', mimeType: 'image/jpeg', filename: 'a.png' },
    })
    expect(Buffer.from(network.accepted[1]!.message.media!.data).toString()).toBe('picture')
    expect((await test.run(listMessages, {})).items[0]).toMatchObject({ kind: 'image', hasMedia: true, body: 'Look' })
    const file = await test.service(Database).open('default')
    expect(await file.all('SELECT hash FROM outbox_media')).toHaveLength(1)
  })

  it('hands on quotes and mentions', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    test.account.connect(network)
    await test.run(sendText, {
      chatId: to,
      text: 'Hi',
      options: { quotedMessageId: 'q', mentionedIds: ['966501234567@c.us'], linkPreview: false },
    })
    expect(network.accepted[0]!.message).toMatchObject({
      quotedMessageId: 'q',
      mentionedIds: ['966501234567@c.us'],
      linkPreview: false,
    })
  })
})

describe('the outgoing hook', () => {
  const hooking = (tap: (body: string) => string) =>
    definePlugin({
      name: 'hooking',
      config: z.object({}),
      requires: { messaging: Messaging },
      setup: (ctx) => ctx.tap(ctx.services.messaging.hooks.outgoing, (draft) => ({ ...draft, body: tap(draft.body) })),
    })()

  it('may change a message before it is written down and sent', async () => {
    await using test = await mailKernel({ directory, plugins: [hooking((it) => it.toUpperCase())] })
    const network = new FakeTransport()
    test.account.connect(network)
    await test.run(sendText, { chatId: to, text: 'Hello' })
    expect(network.accepted[0]!.message.body).toBe('HELLO')
  })

  it('may stop a message with a reason; nothing leaves', async () => {
    const stop = hooking(() => {
      throw new WaqtorError('WAQ_OPTED_OUT', 'the person opted out', { status: 403 })
    })
    await using test = await mailKernel({ directory, plugins: [stop] })
    const network = new FakeTransport()
    test.account.connect(network)
    await expect(test.run(sendText, { chatId: to, text: 'Hello' })).rejects.toMatchObject({
      message: expect.stringContaining('opted_out'),
    })
    expect(network.begun).toBe(0)
    expect(await rows(test)).toMatchObject([{ state: 'skipped', reason: 'opted_out' }])
  })

  it('fails closed when a tap breaks', async () => {
    const broken = hooking(() => {
      throw new TypeError('oops')
    })
    await using test = await mailKernel({ directory, plugins: [broken] })
    const network = new FakeTransport()
    test.account.connect(network)
    await expect(test.run(sendText, { chatId: to, text: 'Hello' })).rejects.toMatchObject({ code: 'WAQ_SEND_FAILED' })
    expect(network.begun).toBe(0)
  })
})

describe('an idempotency key', () => {
  it('gives the same answer to the same request, and sends once', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    test.account.connect(network)
    const first = await test.run(sendText, { chatId: to, text: 'Hello' }, key('k'))
    const second = await test.run(sendText, { chatId: '+20 100 123 4567', text: 'Hello' }, key('k'))
    expect(JSON.stringify(second)).toBe(JSON.stringify(first))
    expect(network.accepted).toHaveLength(1)
  })

  it('refuses another request, and one that comes while the first is running', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    test.account.connect(network)
    const first = test.run(sendText, { chatId: to, text: 'Hello' }, key('k'))
    await expect(test.run(sendText, { chatId: to, text: 'Hello' }, key('k'))).rejects.toMatchObject({
      status: 409,
      retryAfter: 1,
    })
    await first
    await expect(test.run(sendText, { chatId: to, text: 'Other' }, key('k'))).rejects.toMatchObject({ status: 422 })
    expect(network.accepted).toHaveLength(1)
  })

  it('belongs to its caller', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    test.account.connect(network)
    await test.run(sendText, { chatId: to, text: 'Hello' }, key('k'))
    await test.run(
      sendText,
      { chatId: to, text: 'Hello' },
      { ...key('k'), principal: { ...systemPrincipal, id: 'other' } },
    )
    expect(network.accepted).toHaveLength(2)
  })
})

describe('a send whose fate is open', () => {
  it('is found in the chat after the connection came back, and is not sent again', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'accept-silently' })
    test.account.connect(network)
    const answer = test.run(sendText, { chatId: to, text: 'Hello' })
    await vi.waitFor(() => expect(network.accepted).toHaveLength(1))
    test.account.disconnect()
    test.account.connect(network)
    expect(await answer).toMatchObject({ messageId: network.accepted[0]!.messageId })
    expect(network.begun).toBe(1)
  })

  it('is sent again when the chat shows twice that it never arrived', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    network.behaviour = () => (network.begun === 1 ? { do: 'swallow' } : undefined)
    test.account.connect(network)
    const answer = test.run(sendText, { chatId: to, text: 'Hello' })
    await vi.waitFor(() => expect(network.begun).toBe(1))
    test.account.disconnect()
    test.account.connect(network)
    await answer
    expect(network.accepted).toHaveLength(1)
    expect(network.begun).toBe(2)
  })

  it('carries the same id in each attempt, so that the one that arrived is found', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    const ids: unknown[] = []
    network.behaviour = ({ messageId }) => {
      ids.push(messageId)
      return { do: network.begun === 1 ? 'swallow' : 'accept-silently' }
    }
    test.account.connect(network)
    const answer = test.run(sendText, { chatId: to, text: 'Hello' })
    for (const begun of [1, 2]) {
      await vi.waitFor(() => expect(network.begun).toBe(begun))
      test.account.disconnect()
      test.account.connect(network)
    }
    expect(await answer).toMatchObject({ messageId: ids[0] })
    expect(ids).toEqual([ids[0], ids[0]])
    expect(network.accepted).toHaveLength(1)
  })

  it('is found by its text where ids cannot be drawn beforehand', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport({ preDrawnIds: false })
    network.behaviour = () => ({ do: 'accept-silently' })
    test.account.connect(network)
    const answer = test.run(sendText, { chatId: to, text: 'Hello' })
    await vi.waitFor(() => expect(network.accepted).toHaveLength(1))
    test.account.disconnect()
    test.account.connect(network)
    expect(await answer).toMatchObject({ messageId: network.accepted[0]!.messageId })
  })

  it('is held, never repeated, when the history cannot be read', async () => {
    await using test = await mailKernel({ directory, config: { patienceMs: 1 } })
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'swallow' })
    network.history = 'unreadable'
    test.account.connect(network)
    const answer = test.run(sendText, { chatId: to, text: 'Hello' }, key('k'))
    await vi.waitFor(() => expect(network.begun).toBe(1))
    test.account.disconnect()
    test.account.connect(network)
    await expect(answer).rejects.toMatchObject({ code: 'WAQ_SEND_UNKNOWN' })
    expect(await rows(test)).toMatchObject([{ state: 'held', reason: 'history-unreadable' }])
    await expect(test.run(sendText, { chatId: to, text: 'Hello' }, key('k'))).rejects.toMatchObject({
      code: 'WAQ_SEND_UNKNOWN',
    })
    expect(network.begun).toBe(1)
  })

  it('is held when the account was paired anew and the chat does not show it', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'swallow' })
    test.account.connect(network)
    const answer = test.run(sendText, { chatId: to, text: 'Hello' })
    const refused = expect(answer).rejects.toMatchObject({ code: 'WAQ_SEND_UNKNOWN' })
    await vi.waitFor(() => expect(network.begun).toBe(1))
    test.account.disconnect()
    test.account.connect(new FakeTransport(), 'pairing-2')
    await refused
    expect(await rows(test)).toMatchObject([{ state: 'held', reason: 'paired-anew' }])
  })

  it('waits for the acknowledgement when the network has it and the server has not said so', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'accept', ack: 0 })
    test.account.connect(network)
    const answer = test.run(sendText, { chatId: to, text: 'Hello' })
    await vi.waitFor(async () => expect(await states(test)).toEqual(['waiting']))
    const { messageId } = network.accepted[0]!
    await test.account.report({ type: 'ack', messageId, ack: 1 })
    expect(await answer).toMatchObject({ messageId })
  })

  it('learns from the chat that it was acknowledged, when nobody said so', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'accept', ack: 0 })
    test.account.connect(network)
    const answer = test.run(sendText, { chatId: to, text: 'Hello' })
    await vi.waitFor(async () => expect(await states(test)).toEqual(['waiting']))
    network.accepted[0]!.ack = 2
    expect(await answer).toMatchObject({ messageId: network.accepted[0]!.messageId })
    expect(await states(test)).toEqual(['delivered'])
    expect(network.begun).toBe(1)
  })

  it('is held when the network has it and never acknowledges it', async () => {
    await using test = await mailKernel({ directory, config: { ackTimeoutMs: 20 } })
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'accept', ack: 0 })
    test.account.connect(network)
    await expect(test.run(sendText, { chatId: to, text: 'Hello' })).rejects.toMatchObject({ code: 'WAQ_SEND_UNKNOWN' })
    expect(await rows(test)).toMatchObject([{ state: 'held', reason: 'never-acknowledged' }])
  })

  it('is in doubt when no answer comes in time, though the connection stands', async () => {
    await using test = await mailKernel({ directory, config: { sendTimeoutMs: 5 } })
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'accept-silently' })
    test.account.connect(network)
    expect(await test.run(sendText, { chatId: to, text: 'Hello' })).toMatchObject({ messageId: expect.any(String) })
    expect(network.begun).toBe(1)
  })
})

describe('after a crash', () => {
  it('the same request with the same key finds its row and sends nothing twice', async () => {
    const accepted: FakeTransport['accepted'] = []
    const before = await mailKernel({ directory, config: { stopGraceMs: 0 } })
    const network = new FakeTransport({}, accepted)
    network.behaviour = () => ({ do: 'accept-silently' })
    before.account.connect(network)
    void before.run(sendText, { chatId: to, text: 'Hello' }, key('k')).catch(() => {})
    await vi.waitFor(() => expect(accepted).toHaveLength(1))
    await before[Symbol.asyncDispose]()

    await using after = await mailKernel({ directory })
    const again = new FakeTransport({}, accepted)
    after.account.connect(again)
    expect(await after.run(sendText, { chatId: to, text: 'Hello' }, key('k'))).toMatchObject({
      messageId: accepted[0]!.messageId,
    })
    expect(again.begun).toBe(0)
  })
})

describe('acknowledgements', () => {
  it('move a message forward only, however often and in whatever order they come', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport()
    test.account.connect(network)
    const { messageId } = await test.run(sendText, { chatId: to, text: 'Hello' })
    const ack = (it: -1 | 1 | 2 | 3) => ({ type: 'ack' as const, messageId, ack: it })
    await test.account.report(ack(3))
    await vi.waitFor(async () => expect(await states(test)).toEqual(['read']))
    await test.account.report(ack(2), ack(1), ack(3), ack(-1))
    await test.run(sendText, { chatId: to, text: 'Another' })
    expect((await states(test))[0]).toBe('read')
    expect(await test.run(getMessage, { messageId })).toMatchObject({ status: 'read' })
    expect(test.events.filter((it) => it.type === 'message.status').map((it) => it.data)).toMatchObject([
      { status: 'read', to },
    ])
  })

  it('that come before the answer of the send are not lost', async () => {
    await using test = await mailKernel({ directory })
    const network = new FakeTransport({ preDrawnIds: false })
    test.account.connect(network)
    await test.account.report({ type: 'ack', messageId: 'true_fake_0', ack: 2 })
    await test.run(sendText, { chatId: to, text: 'Hello' })
    await vi.waitFor(async () => expect(await states(test)).toEqual(['delivered']))
  })
})

describe('what comes in', () => {
  const message = (n: number, body: string) => ({
    type: 'message' as const,
    message: {
      messageId: `in_${n}`,
      chatId: to,
      from: to,
      body,
      kind: 'text' as const,
      hasMedia: false,
      isGroup: false,
      timestamp: n,
    },
  })

  it('is stored once, announced once and handled once, however often it is delivered', async () => {
    const handled: string[] = []
    const handling = definePlugin({
      name: 'handling',
      config: z.object({}),
      requires: { messaging: Messaging },
      setup(ctx) {
        ctx.tap(ctx.services.messaging.hooks.incoming, ({ body }) => {
          handled.push(body)
          if (body === 'bad') throw new Error('the bot broke')
          return true as const
        })
      },
    })
    await using test = await mailKernel({ directory, plugins: [handling()] })
    await test.account.report(message(1, 'hello'), message(1, 'hello'), message(2, 'bad'), message(3, 'bye'))
    await test.account.report(message(1, 'hello'))
    expect(handled).toEqual(['hello', 'bad', 'bye'])
    expect(test.events.filter((it) => it.type === 'message.received')).toHaveLength(3)
    expect(test.lines.some((it) => it.level === 'error' && it.message.includes("plugin 'handling'"))).toBe(true)
  })

  it('is found by its words, in Arabic without its marks, and by chat', async () => {
    await using test = await mailKernel({ directory })
    await test.account.report(
      message(1, 'Your invoice is ready'),
      message(2, 'مَرحَبًا بالعالم'),
      message(3, 'an "odd" OR text*'),
    )
    const search = async (query: string) => (await test.run(searchMessages, { query })).items.map((it) => it.messageId)
    expect(await search('invoice')).toEqual(['in_1'])
    expect(await search('INVO')).toEqual(['in_1'])
    expect(await search('مرحبا')).toEqual(['in_2'])
    expect(await search('"odd" OR')).toEqual(['in_3'])
    expect(await search('nothing')).toEqual([])
    expect((await test.run(listChats, {})).items).toMatchObject([
      { chatId: to, isGroup: false, lastMessage: { messageId: 'in_3' } },
    ])
  })

  it('is listed newest first, page by page', async () => {
    await using test = await mailKernel({ directory })
    await test.account.report(...Array.from({ length: 5 }, (_, i) => message(i, `m${i}`)))
    const first = await test.run(listChatMessages, { chatId: to, limit: 3 })
    expect(first.items.map((it) => it.body)).toEqual(['m4', 'm3', 'm2'])
    const second = await test.run(listChatMessages, { chatId: to, limit: 3, cursor: first.nextCursor! })
    expect(second.items.map((it) => it.body)).toEqual(['m1', 'm0'])
    expect(second.nextCursor).toBeNull()
    await expect(test.run(listMessages, { cursor: 'nonsense' })).rejects.toMatchObject({ code: 'WAQ_CURSOR_INVALID' })
  })
})
