import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cardText, Messaging } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { FakeTransport, type MailKernel, mailKernel } from './testing/index.ts'

let directory: string
let test: MailKernel
let network: FakeTransport
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-cards-'))
  test = await mailKernel({ directory })
  network = new FakeTransport()
  test.account.connect(network)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const to = '201001234567@c.us'
const stored = async (messageId: string) => test.run(contract.getMessage, { messageId })

describe('cards', () => {
  it('go out as what they are, and are stored as the text that stands for them', async () => {
    const place = { latitude: 30.0444, longitude: 31.2357, name: 'The shop' }
    const { messageId: first } = await test.run(contract.sendLocation, { chatId: to, ...place })
    const { messageId: second } = await test.run(contract.sendContact, {
      chatId: to,
      name: 'Mona',
      phoneNumber: '+20 100 765 4321',
    })
    const { messageId: third } = await test.run(contract.sendPoll, {
      chatId: to,
      question: 'When?',
      options: ['Today', 'Tomorrow'],
    })
    const cards = [
      { kind: 'location', ...place },
      { kind: 'contact', name: 'Mona', phoneNumber: '201007654321' },
      { kind: 'poll', question: 'When?', options: ['Today', 'Tomorrow'], multiple: false },
    ] as const
    expect(network.accepted.map((it) => it.message)).toMatchObject(
      cards.map((card) => ({ chatId: to, card, body: cardText(card) })),
    )
    for (const [i, messageId] of [first, second, third].entries()) {
      const { kind } = cards[i]!
      expect(await stored(messageId)).toMatchObject({ kind, body: cardText(cards[i]!), hasMedia: false, source: 'api' })
    }
  })

  it('are sent once for an idempotency key, and the key tells cards apart', async () => {
    const poll = (options: string[]) =>
      test.run(contract.sendPoll, { chatId: to, question: 'When?', options }, { idempotencyKey: 'k' })
    const first = await poll(['Today', 'Tomorrow'])
    expect(await poll(['Today', 'Tomorrow'])).toEqual(first)
    expect(network.accepted).toHaveLength(1)
    await expect(poll(['Today', 'Never'])).rejects.toMatchObject({ code: 'WAQ_IDEMPOTENCY_MISMATCH' })
  })

  it('are refused where they cannot be shown', async () => {
    const location = { chatId: to, latitude: 91, longitude: 0 }
    await expect(test.run(contract.sendLocation, location)).rejects.toMatchObject({ status: 400 })
    for (const options of [['Today'], ['Today', 'Today'], Array.from({ length: 13 }, (_, i) => `${i}`)]) {
      const poll = { chatId: to, question: 'When?', options }
      await expect(test.run(contract.sendPoll, poll)).rejects.toMatchObject({ status: 400 })
    }
    const group = { chatId: to, name: 'All', phoneNumber: '120363000000000000@g.us' }
    await expect(test.run(contract.sendContact, group)).rejects.toMatchObject({ code: 'WAQ_CHAT_ID_INVALID' })
    expect(network.accepted).toEqual([])
  })

  it('are seen by the outgoing hook, which may change the card but not its text alone', async () => {
    await using other = await mailKernel({
      directory: await mkdtemp(join(directory, 'hooked-')),
      plugins: [
        definePlugin({
          name: 'changer',
          config: z.object({}),
          requires: { messaging: Messaging },
          setup: (ctx) =>
            ctx.tap(ctx.services.messaging.hooks.outgoing, (draft) => ({
              ...draft,
              body: 'changed',
              ...(draft.card?.kind === 'contact' && { card: { ...draft.card, name: 'Nour' } }),
            })),
        })(),
      ],
    })
    const transport = new FakeTransport()
    other.account.connect(transport)
    await other.run(contract.sendContact, { chatId: to, name: 'Mona', phoneNumber: '201007654321' })
    expect(transport.accepted[0]!.message).toMatchObject({ card: { name: 'Nour' }, body: 'Nour\n+201007654321' })
  })
})

describe('a forward', () => {
  it('passes a message on, and is stored as what that was', async () => {
    const image = { media: Buffer.from('picture').toString('base64'), type: 'image' as const, caption: 'Look' }
    const original = await test.run(contract.sendMedia, { chatId: to, ...image })
    const { messageId } = await test.run(contract.forwardMessage, {
      messageId: original.messageId,
      chatId: '201007654321',
    })
    expect(network.accepted[1]).toMatchObject({
      messageId,
      message: { chatId: '201007654321@c.us', body: 'Look', forwardOf: original.messageId },
    })
    expect(network.accepted[1]!.message.media).toBeUndefined()
    expect(await stored(messageId)).toMatchObject({ kind: 'image', body: 'Look', hasMedia: true })
  })

  it('is answered alike for an idempotency key, also once the original was deleted', async () => {
    const { messageId } = await test.run(contract.sendText, { chatId: to, text: 'Hello' })
    const forward = { messageId, chatId: '201007654321' }
    const first = await test.run(contract.forwardMessage, forward, { idempotencyKey: 'once' })
    await test.run(contract.deleteMessage, { messageId, forEveryone: true })
    expect(await test.run(contract.forwardMessage, forward, { idempotencyKey: 'once' })).toEqual(first)
    expect(network.accepted).toHaveLength(2)
  })

  it('is refused for a message that is not there any more', async () => {
    const { messageId } = await test.run(contract.sendText, { chatId: to, text: 'Hello' })
    const forward = { messageId, chatId: '201007654321' }
    await test.run(contract.deleteMessage, { messageId, forEveryone: true })
    await expect(test.run(contract.forwardMessage, forward)).rejects.toMatchObject({ code: 'WAQ_CONFLICT' })
    await expect(test.run(contract.forwardMessage, { ...forward, messageId: 'none' })).rejects.toMatchObject({
      code: 'WAQ_NOT_FOUND',
    })
  })
})
