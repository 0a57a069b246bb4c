import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from 'whatsapp-web.js'
import { type Delivery, type LocalDouble, startDouble } from './index.ts'
import { BareClient } from './testing/bare-client.ts'
import { eventually } from './testing/eventually.ts'
import { chromium } from './testing/find-chromium.ts'

const from = '201001234567'
const group = '120363000000000001@g.us'
const bytes = new Uint8Array([1, 2, 3, 4])

describe.skipIf(!chromium)('what the bare library receives from the double', () => {
  let double!: LocalDouble
  let bare!: BareClient
  beforeAll(async () => {
    double = await startDouble({ faults: { ackDelayMs: 10 } })
    await double.group({ id: group, subject: 'Family', members: ['reader', from] })
    bare = await BareClient.ready(double, 'reader')
  })
  afterAll(async () => {
    await bare[Symbol.asyncDispose]()
    await double.close()
  })

  /** What the library says of a message that somebody writes. */
  async function received(delivery: Omit<Delivery, 'account' | 'from'> & { from?: string }): Promise<Message> {
    const before = bare.of('message').length
    await double.deliver({ account: 'reader', from, ...delivery })
    return (await bare.next('message', before + 1))[0] as Message
  }

  it.each([
    ['image', 'image/png', 'image'],
    ['video', 'video/mp4', 'video'],
    ['audio', 'audio/ogg', 'audio'],
    ['voice', 'audio/ogg', 'ptt'],
    ['document', 'application/pdf', 'document'],
    ['sticker', 'image/webp', 'sticker'],
  ] as const)('a file as %s, which can be fetched', async (kind, mimeType, type) => {
    const message = await received({ kind, text: 'look', media: { mimeType, data: bytes, filename: 'a.bin' } })
    expect(message).toMatchObject({ type, body: 'look', hasMedia: true, from: `${from}@c.us` })
    const file = await message.downloadMedia()
    expect(file).toMatchObject({ mimetype: mimeType, data: Buffer.from(bytes).toString('base64'), filename: 'a.bin' })
  })

  it('a file that is gone', async () => {
    const message = await received({ media: { mimeType: 'image/png', data: bytes, expired: true } })
    expect(await message.downloadMedia()).toBeUndefined()
  })

  it('a location, a contact and a poll', async () => {
    const place = await received({ location: { latitude: 1.5, longitude: 2.5, name: 'Here' } })
    expect(place.location).toMatchObject({ latitude: 1.5, longitude: 2.5, name: 'Here' })
    const contact = await received({ contact: { name: 'Mona', phoneNumber: '201005550001' } })
    expect(contact.vCards[0]).toContain('waid=201005550001')
    const poll = await received({ poll: { question: 'When?', options: ['Today', 'Tomorrow'] } })
    expect(poll).toMatchObject({ type: 'poll_creation', body: 'When?' })
  })

  it('an answer to a message of its own', async () => {
    const mine = await bare.client.sendMessage(`${from}@c.us`, 'question')
    const answer = await received({ text: 'answer', quoted: mine.id._serialized })
    expect(answer.hasQuotedMsg).toBe(true)
    expect((await answer.getQuotedMessage()).body).toBe('question')
  })

  it('a message in a group, with who wrote it', async () => {
    const message = await received({ group, text: 'all of you' })
    expect(message).toMatchObject({ from: group, author: `${from}@c.us` })
    expect(message.id._serialized).toMatch(new RegExp(`^false_${group}_\\w+_${from}@c.us$`))
    const chats = await bare.client.getChats()
    expect(chats.find((it) => it.isGroup)).toMatchObject({ name: 'Family' })
    await bare.client.sendMessage(group, 'hello all')
    await eventually(() => expect(double.accepted('reader').at(-1)).toMatchObject({ to: group, body: 'hello all' }))
  })

  it('a message of somebody whose number is hidden, and can be asked for', async () => {
    const message = await received({ from: '201008880001', text: 'who am I', lid: true })
    expect(message.from).toMatch(/^\d+@lid$/)
    expect(await bare.client.getContactLidAndPhone([message.from])).toEqual([
      { lid: message.from, pn: '201008880001@c.us' },
    ])
    await message.reply('you are known')
    await eventually(() => expect(double.accepted('reader').at(-1)).toMatchObject({ to: '201008880001@c.us' }))
  })

  it('a message of somebody whose number nobody can have', async () => {
    const message = await received({ from: '201008880002', text: 'who am I', lid: 'hidden' })
    expect(await bare.client.getContactLidAndPhone([message.from])).toEqual([{ lid: message.from, pn: undefined }])
  })

  it('reactions, edits, deletions and votes', async () => {
    const messageId = await double.deliver({ account: 'reader', from, text: 'typo' })
    await double.change({ account: 'reader', messageId, edit: 'fixed' })
    expect((await bare.next('message_edit')).slice(1)).toEqual(['fixed', 'typo'])
    await double.change({ account: 'reader', messageId, react: '\u{1F44D}' })
    expect((await bare.next('message_reaction'))[0]).toMatchObject({
      reaction: '\u{1F44D}',
      senderId: `${from}@c.us`,
      msgId: { _serialized: messageId },
    })
    await double.change({ account: 'reader', messageId, delete: true })
    expect((await bare.next('message_revoke_everyone'))[0]).toMatchObject({ id: { _serialized: messageId } })
    const poll = await double.deliver({ account: 'reader', from, poll: { question: 'When?', options: ['A', 'B'] } })
    await double.change({ account: 'reader', messageId: poll, vote: ['B'] })
    expect((await bare.next('vote_update'))[0]).toMatchObject({
      voter: { _serialized: `${from}@c.us` },
      selectedOptions: [{ name: 'B' }],
    })
  })

  it('what the account writes on its phone', async () => {
    const before = bare.of('message').length
    await double.deliver({ account: 'reader', from, text: 'from my phone', fromMe: true })
    await eventually(() => {
      const bodies = bare.of('message_create').map(([it]) => (it as Message).body)
      expect(bodies).toContain('from my phone')
    })
    expect(bare.of('message').length).toBe(before)
  })
})

describe.skipIf(!chromium)('two sessions of the bare library on one double', () => {
  it('write to each other, and see what was delivered and read', async () => {
    await using double = await startDouble({ faults: { ackDelayMs: 10 } })
    await using one = await BareClient.ready(double, 'one')
    await using other = await BareClient.ready(double, 'other')
    const sent = await one.client.sendMessage(`${await double.number('other')}@c.us`, 'hello')
    const message = (await other.next('message'))[0] as Message
    expect(message).toMatchObject({ body: 'hello', from: `${await double.number('one')}@c.us` })
    await eventually(() => expect(one.acks(sent.id._serialized)).toEqual([1, 2]))
    await other.client.sendSeen(message.from)
    await eventually(() => expect(one.acks(sent.id._serialized)).toEqual([1, 2, 3]))
    await message.react('\u{1F44D}')
    expect((await one.next('message_reaction'))[0]).toMatchObject({ msgId: { _serialized: sent.id._serialized } })
    await message.reply('hello to you')
    expect((await one.next('message'))[0]).toMatchObject({ body: 'hello to you', hasQuotedMsg: true })
  })
})
