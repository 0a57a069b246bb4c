import { bodyHash } from '@waqtor/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import wweb from 'whatsapp-web.js'
import { type LocalDouble, startDouble } from './index.ts'
import { BareClient } from './testing/bare-client.ts'
import { eventually } from './testing/eventually.ts'
import { chromium } from './testing/find-chromium.ts'

const { Location, MessageMedia, Poll } = wweb
const chat = '201001234567@c.us'
const bytes = new Uint8Array([137, 80, 78, 71])
const data = Buffer.from(bytes).toString('base64')

describe.skipIf(!chromium)('what the bare library sends to the double', () => {
  let double!: LocalDouble
  let bare!: BareClient
  beforeAll(async () => {
    double = await startDouble({ faults: { ackDelayMs: 10 } })
    bare = await BareClient.ready(double, 'sender')
  })
  afterAll(async () => {
    await bare[Symbol.asyncDispose]()
    await double.close()
  })

  /** The line of the log for what was sent. */
  async function sent(content: Parameters<typeof bare.client.sendMessage>[1], options = {}) {
    const message = await bare.client.sendMessage(chat, content, options)
    await eventually(() => expect(double.count(message.id._serialized)).toBe(1))
    const line = double.accepted('sender').find((it) => it.messageId === message.id._serialized)
    return { message, line: line! }
  }

  it('a text with a quote and mentions', async () => {
    const { message } = await sent('first')
    const { line } = await sent('second', {
      quotedMessageId: message.id._serialized,
      mentions: ['201007654321@c.us'],
    })
    expect(line).toMatchObject({ kind: 'text', quoted: message.id.id, mentioned: ['201007654321@c.us'] })
  })

  it.each([
    ['image', 'image/png', {}],
    ['video', 'video/mp4', {}],
    ['audio', 'audio/ogg', {}],
    ['voice', 'audio/ogg', { sendAudioAsVoice: true }],
    ['document', 'application/pdf', {}],
    ['document', 'image/png', { sendMediaAsDocument: true }],
    ['sticker', 'image/webp', { sendMediaAsSticker: true }],
  ])('a file as %s from %s', async (kind, mimeType, options) => {
    const media = new MessageMedia(mimeType, data, 'file.bin')
    const { message, line } = await sent(media, { caption: kind === 'sticker' ? undefined : 'look', ...options })
    const body = kind === 'sticker' ? '' : 'look'
    expect(line).toMatchObject({ kind, body, bodyHash: bodyHash(body, { data: bytes }) })
    expect(message.hasMedia).toBe(true)
    expect((await message.downloadMedia()).data).toBe(data)
  })

  it('a location', async () => {
    const { line } = await sent(new Location(30.0444, 31.2357, { name: 'Cairo', address: 'Tahrir' }))
    expect(line).toMatchObject({ kind: 'location', body: '30.044400,31.235700\nCairo\nTahrir' })
  })

  it('a contact, as a card and by its id', async () => {
    const card = 'BEGIN:VCARD\nVERSION:3.0\nFN:Mona\nTEL;type=CELL;waid=201005550001:+201005550001\nEND:VCARD'
    expect((await sent(card)).line).toMatchObject({ kind: 'contact', body: 'Mona\n+201005550001' })
    const contact = await bare.client.getContactById('201005550002@c.us')
    expect((await sent(contact)).line).toMatchObject({ kind: 'contact', body: '+201005550002\n+201005550002' })
  })

  it('a poll', async () => {
    const { line } = await sent(new Poll('When?', ['Today', 'Tomorrow']))
    expect(line).toMatchObject({ kind: 'poll', body: 'When?\nToday\nTomorrow' })
  })

  it('a message passed on, with its file', async () => {
    const { message } = await sent(new MessageMedia('image/png', data), { caption: 'pass on' })
    await message.forward('201007654321@c.us')
    await eventually(() =>
      expect(double.accepted('sender').at(-1)).toMatchObject({
        to: '201007654321@c.us',
        forwarded: true,
        bodyHash: bodyHash('pass on', { data: bytes }),
      }),
    )
  })

  it('an edit, a reaction, and deletions', async () => {
    const { message } = await sent('draft')
    expect((await message.edit('final'))?.body).toBe('final')
    await message.react('\u{1F44D}')
    await bare.next('message_reaction')
    await message.delete(true)
    await bare.next('message_revoke_everyone')
    const other = (await sent('only for me')).message
    await other.delete(false)
    expect(await bare.client.getMessageById(other.id._serialized)).toBeNull()
    const key = message.id._serialized
    expect(await double.signals('sender')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ signal: 'edit', key, body: 'final' }),
        expect.objectContaining({ signal: 'reaction', key, emoji: '\u{1F44D}' }),
        expect.objectContaining({ signal: 'revoke', key }),
        expect.objectContaining({ signal: 'delete', key: other.id._serialized }),
      ]),
    )
  })

  it('that it has seen, and that it is typing', async () => {
    await sent('x')
    await bare.client.sendSeen(chat)
    const found = await bare.client.getChatById(chat)
    await found.sendStateTyping()
    await found.sendStateRecording()
    await found.clearState()
    await eventually(async () => {
      const signals = await double.signals('sender')
      expect(signals).toContainEqual(expect.objectContaining({ signal: 'seen', chat }))
      const states = signals.filter((it) => it.signal === 'chat-state').map((it) => it.state)
      expect(states).toEqual(['typing', 'recording', 'paused'])
    })
  })

  it('under an id that was drawn before', async () => {
    const id = '3EB0AAAAAAAAAAAAAAAAAA'
    await bare.evaluate(`(() => {
      const key = window.require('WAWebMsgKey')
      const original = key.newId
      key.newId = async () => { key.newId = original; return '${id}' }
    })()`)
    const { message } = await sent('drawn')
    expect(message.id._serialized).toBe(`true_${chat}_${id}`)
  })

  it('twice under one id, when it is told to: the network never looks whether it knows it', async () => {
    const id = '3EB0BBBBBBBBBBBBBBBBBB'
    await bare.evaluate(`(() => {
      const key = window.require('WAWebMsgKey')
      const original = key.newId
      let left = 2
      key.newId = async () => { if (--left === 0) key.newId = original; return '${id}' }
    })()`)
    await bare.client.sendMessage(chat, 'twice')
    await bare.client.sendMessage(chat, 'twice')
    await eventually(() => expect(double.count(id)).toBe(2))
  })

  it('nothing to numbers that are not on WhatsApp', async () => {
    expect(await bare.client.getNumberId('12')).toBeNull()
    await expect(bare.client.sendMessage('12@c.us', 'x')).rejects.toThrow('No LID for user')
    await expect(bare.client.sendMessage('hello', 'x')).rejects.toThrow('invalid wid')
    expect((await bare.client.getNumberId('201001234567'))?._serialized).toBe(chat)
  })

  it('to a group, if it is a member', async () => {
    await double.group({ id: '120363000000000001@g.us', subject: 'Family', members: ['sender', '201001234567'] })
    await expect(bare.client.sendMessage('120363000000000001@g.us', 'x')).rejects.toThrow('not a member')
  })

  it('what it can find again', async () => {
    const to = '201009990001@c.us'
    for (const text of ['one', 'two', 'three']) await bare.client.sendMessage(to, text)
    const found = await bare.client.getChatById(to)
    expect((await found.fetchMessages({ limit: 9 })).map((it) => it.body)).toEqual(['one', 'two', 'three'])
    expect((await bare.client.searchMessages('thre', { chatId: to })).map((it) => it.body)).toEqual(['three'])
    expect((await bare.client.getChats()).map((it) => it.id._serialized)).toContain(to)
  })
})
