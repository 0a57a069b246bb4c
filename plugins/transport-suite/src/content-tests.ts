import { bodyHash, cardText, type OutgoingCard, type OutgoingMedia } from '@waqtor/contracts'
import { expect, it } from 'vitest'
import { queryFor } from './account.ts'
import type { Stage } from './transport-suite.ts'

const chatId = '201001234567@c.us'
const otherId = '201007654321@c.us'

const cards: readonly OutgoingCard[] = [
  { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: 'The shop', address: 'Tahrir 1' },
  { kind: 'contact', name: 'Mona منى', phoneNumber: '201007654321' },
  { kind: 'poll', question: 'When?', options: ['Today', 'Tomorrow'], multiple: false },
]

const data = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10])
/** Where WhatsApp shows a caption there is one. */
const files: readonly (OutgoingMedia & { readonly caption: string })[] = [
  { kind: 'image', mimeType: 'image/png', data, caption: 'look' },
  { kind: 'video', mimeType: 'video/mp4', data, caption: 'watch' },
  { kind: 'audio', mimeType: 'audio/mpeg', data, caption: '' },
  { kind: 'voice', mimeType: 'audio/ogg; codecs=opus', data, caption: '' },
  { kind: 'document', mimeType: 'application/pdf', data, filename: 'offer.pdf', caption: 'read' },
  { kind: 'sticker', mimeType: 'image/webp', data, caption: '' },
]

export function contentTests(stage: Stage): void {
  it('sends a location, a contact and a poll, and finds them by their text', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    for (const card of cards) {
      const body = cardText(card)
      const { messageId } = await transport.send({ chatId, body, card })
      const line = (await stage.world.accepted(account.instance)).at(-1)
      expect(line).toMatchObject({ to: chatId, messageId, kind: card.kind, body, bodyHash: bodyHash(body) })
      const answer = await transport.findSent(queryFor(chatId, body, { anchor: null }))
      expect(answer, card.kind).toMatchObject({ outcome: 'found', matches: [{ messageId }] })
    }
  })

  it('sends every kind of file', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    for (const { caption, ...media } of files) {
      await transport.send({ chatId, body: caption, media })
      const line = (await stage.world.accepted(account.instance)).at(-1)
      expect(line).toMatchObject({ kind: media.kind, body: caption, bodyHash: bodyHash(caption, media) })
    }
  })

  it('passes a message on, with its file', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    const [{ caption, ...media }] = files as [(typeof files)[number]]
    const original = await transport.send({ chatId, body: caption, media })
    const { messageId } = await transport.send({ chatId: otherId, body: caption, forwardOf: original.messageId })
    expect(messageId).not.toBe(original.messageId)
    const lines = await stage.world.accepted(account.instance)
    expect(lines).toHaveLength(2)
    expect(lines[1]).toMatchObject({ to: otherId, messageId, kind: 'image', body: caption })
    const gone = { chatId: otherId, body: caption, forwardOf: `true_${chatId}_3EB0NOTHERE` }
    await expect(transport.send(gone)).rejects.toMatchObject({ failure: 'refused' })
  })

  it('reports every kind of file that comes in, and downloads it', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    const { instance } = account
    for (const { caption, ...media } of files) {
      await stage.world.deliver({ instance, from: chatId, text: caption, media })
      const { message } = await facts.next('message')
      expect(message).toMatchObject({ kind: media.kind, body: caption, hasMedia: true })
      const file = await transport.download!(message.messageId, data.byteLength)
      expect(file?.data, media.kind).toEqual(data)
      expect(file?.mimeType).toBe(media.mimeType)
      expect(file?.filename).toBe(media.filename)
    }
  })

  it('reports locations, contacts and polls that come in', async () => {
    await using account = await stage.account()
    const { facts } = await account.ready(stage.world.provider)
    for (const card of cards) {
      await stage.world.deliver({ instance: account.instance, from: chatId, card })
      const { message } = await facts.next('message')
      expect(message).toMatchObject({ kind: card.kind, body: cardText(card), hasMedia: false })
    }
  })

  it('downloads what was sent, nothing of a text, and nothing that is too large', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    const media: OutgoingMedia = { kind: 'image', mimeType: 'image/png', data }
    const { messageId } = await transport.send({ chatId, body: 'look', media })
    expect((await transport.download!(messageId, data.byteLength))?.data).toEqual(data)
    await expect(transport.download!(messageId, data.byteLength - 1)).rejects.toMatchObject({ failure: 'refused' })
    const text = await transport.send({ chatId, body: 'text' })
    expect(await transport.download!(text.messageId, 1_000)).toBeNull()
  })
}
