import { expect, it } from 'vitest'
import { raw } from '../testing/raw.ts'
import { toIncoming } from './incoming.ts'

const me = { pn: '201110000000@c.us', lid: '9999@lid' }
const chatId = '201001234567@c.us'
const group = '120363000000000000@g.us'

it('reads what a person wrote', () => {
  expect(toIncoming(raw({ body: 'hello' }), me)).toEqual({
    messageId: `false_${chatId}_3EB0AA`,
    chatId,
    from: chatId,
    body: 'hello',
    kind: 'text',
    hasMedia: false,
    isGroup: false,
    timestamp: 1_700_000_000_000,
  })
})

it('tells in a group who wrote', () => {
  const id = { id: '3EB0', fromMe: false, remote: group, _serialized: `false_${group}_3EB0_${chatId}` }
  expect(toIncoming(raw({ id, author: chatId, body: 'x' }), me)).toMatchObject({
    chatId: group,
    from: group,
    author: chatId,
    isGroup: true,
  })
  expect(toIncoming({ ...raw({ body: 'x' }), id: { ...id, participant: chatId } }, me)?.author).toBe(chatId)
})

it('knows what the phone of the account wrote', () => {
  expect(toIncoming(raw({ own: true, body: 'x' }), me)).toMatchObject({ fromMe: true, chatId, from: me.pn })
})

it('names the message that is answered, and who is mentioned', () => {
  const quote = {
    quotedStanzaID: '3EB0BB',
    mentionedJidList: [chatId, { _serialized: '1@lid', user: '1', server: 'lid' }],
  }
  expect(toIncoming(raw({ ...quote, quotedParticipant: me.lid }), me)).toMatchObject({
    quotedMessageId: `true_${chatId}_3EB0BB`,
    mentionedIds: [chatId, '1@lid'],
  })
  expect(toIncoming(raw({ ...quote, quotedParticipant: chatId }), me)?.quotedMessageId).toBe(`false_${chatId}_3EB0BB`)
})

it('leaves out statuses, channels and notices', () => {
  expect(toIncoming(raw({ chatId: 'status@broadcast' }), me)).toBeUndefined()
  expect(toIncoming(raw({ chatId: '123@newsletter' }), me)).toBeUndefined()
  expect(toIncoming(raw({ type: 'gp2' }), me)).toBeUndefined()
})
