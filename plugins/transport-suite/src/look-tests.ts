import { bodyHash, type SentAnswer } from '@waqtor/contracts'
import { expect, it } from 'vitest'
import { queryFor } from './account.ts'
import type { Stage } from './transport-suite.ts'

const chatId = '201001234567@c.us'

export function lookTests(stage: Stage): void {
  it('knows the newest message of a chat, from whichever side', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    expect(await transport.newestMessageId(chatId)).toBeNull()
    const { messageId } = await transport.send({ chatId, body: 'one' })
    expect(await transport.newestMessageId(chatId)).toBe(messageId)
    await stage.world.deliver({ instance: account.instance, from: chatId, text: 'two' })
    const { message } = await facts.next('message')
    expect(await transport.newestMessageId(chatId)).toBe(message.messageId)
  })

  it('finds a message by its body, however it is written', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    const { messageId } = await transport.send({ chatId, body: 'caf\u00e9\nnew' })
    const found = await transport.findSent(queryFor(chatId, ' cafe\u0301\r\nnew ', { anchor: null }))
    expect(idsOf(found)).toEqual([messageId])
  })

  it('finds a message by its id, under either address of the chat', async ({ skip }) => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    skip(!transport.capabilities.preDrawnIds, 'draws no ids')
    const messageId = transport.drawMessageId!(chatId)
    await transport.send({ chatId, body: 'x', messageId })
    const hidden = messageId.replace(chatId, '70000000000001@lid')
    expect(idsOf(await transport.findSent(queryFor(chatId, 'x', { messageId })))).toEqual([messageId])
    expect(idsOf(await transport.findSent(queryFor(chatId, 'x', { messageId: hidden })))).toEqual([messageId])
    const other = transport.drawMessageId!(chatId)
    expect(await transport.findSent(queryFor(chatId, 'x', { messageId: other }))).toEqual({ outcome: 'absent' })
  })

  it('tells a file from its caption', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    const data = new Uint8Array([1, 2, 3])
    await transport.send({ chatId, body: 'look', media: { kind: 'image', mimeType: 'image/png', data } })
    expect(await transport.findSent(queryFor(chatId, 'look', { anchor: null }))).toEqual({ outcome: 'absent' })
    const query = { ...queryFor(chatId, '', { anchor: null }), bodyHash: bodyHash('look', { data }) }
    expect((await transport.findSent(query)).outcome).toBe('found')
  })

  it('proves that a message was never sent', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    expect(await transport.findSent(queryFor(chatId, 'never', { anchor: null }))).toEqual({ outcome: 'absent' })
  })

  it('does not take an older message, one of the other side, or one of another chat for it', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    await transport.send({ chatId, body: 'offer' })
    await stage.world.deliver({ instance: account.instance, from: chatId, text: 'what?' })
    const { message } = await facts.next('message')
    await stage.world.deliver({ instance: account.instance, from: chatId, text: 'offer' })
    await facts.next('message')
    await transport.send({ chatId: '201007654321@c.us', body: 'offer' })
    const query = queryFor(chatId, 'offer', { anchor: message.messageId })
    expect(await transport.findSent(query)).toEqual({ outcome: 'absent' })
  })

  it('proves nothing when the anchor is not to be seen', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    const query = queryFor(chatId, 'x', { anchor: `true_${chatId}_3EB0NOTHERE` })
    expect((await transport.findSent(query)).outcome).toBe('inconclusive')
  })

  it('proves nothing while the history is incomplete or empty', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    const { instance } = account
    const { messageId } = await transport.send({ chatId, body: 'x' })
    const query = queryFor(chatId, 'x', { anchor: null })
    for (const history of ['delayed', 'empty'] as const) {
      await stage.world.control({ instance, history })
      expect((await transport.findSent(query)).outcome, history).toBe('inconclusive')
    }
    await stage.world.control({ instance, history: 'full' })
    expect(idsOf(await transport.findSent(query))).toEqual([messageId])
  })
}

function idsOf(answer: SentAnswer): string[] | string {
  return answer.outcome === 'found' ? answer.matches.map((it) => it.messageId) : answer.outcome
}
