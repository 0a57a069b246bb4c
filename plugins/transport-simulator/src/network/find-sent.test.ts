import { bodyHash } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import type { Chat, Message } from './chat-book.ts'
import { textOf } from './content.ts'
import { findSent, newestOf, type Sight } from './find-sent.ts'
import { ForgottenIds } from './forgotten-ids.ts'
import type { FindOperation } from './operations.ts'

const HOUR = 3_600_000
const now = Date.UTC(2030, 0, 1)
const sight: Sight = {
  history: 'full',
  now: 100_000,
  clockShiftMs: 0,
  forgottenIds: new ForgottenIds(Number.NEGATIVE_INFINITY),
}

function message(id: string, more: Partial<Message> = {}): Message {
  const plain = { fromMe: true, author: null, time: now } as const
  return { id: `true_201001234567@c.us_${id}`, ...textOf('offer'), ...plain, settledAt: 0, ack: 1, ...more }
}

function chatOf(messages: Message[], forgottenUntil = Number.NEGATIVE_INFINITY): Chat {
  const address = { chatId: '201001234567@c.us', isGroup: false, digits: '201001234567' }
  return { address, messages, attempts: 0, unread: 0, typing: null, forgottenUntil }
}

function query(more: Partial<FindOperation> = {}): FindOperation {
  const chatId = '201001234567@c.us'
  return { do: 'find', chatId, bodyHash: bodyHash('offer'), notBefore: now, anchor: null, ...more }
}

describe('a look for a sent message', () => {
  it('answers every like message behind the anchor', () => {
    const chat = chatOf([
      message('A'),
      message('B', { body: 'other' }),
      message('C', { ack: 3 }),
      message('D', { ack: 0 }),
    ])
    const answer = findSent(chat, query({ anchor: 'true_201001234567@c.us_A' }), sight)
    expect(answer).toEqual({
      outcome: 'found',
      matches: [
        { messageId: chat.messages[2]!.id, ack: 3, timestamp: now },
        { messageId: chat.messages[3]!.id, ack: 0, timestamp: now },
      ],
    })
  })

  it('decides by the id alone where one is known', () => {
    const chat = chatOf([message('A'), message('B', { body: 'changed since' })])
    expect(findSent(chat, query({ messageId: 'B' }), sight)).toMatchObject({ outcome: 'found' })
    expect(findSent(chat, query({ messageId: 'C' }), sight)).toEqual({ outcome: 'absent' })
  })

  it('shows a failed message as failed', () => {
    const answer = findSent(chatOf([message('A', { ack: -1 })]), query(), sight)
    expect(answer).toMatchObject({ outcome: 'found', matches: [{ ack: -1 }] })
  })

  it('doubts where a like message behind the anchor seems to be older than the send', () => {
    const chat = chatOf([message('A'), message('B', { time: now - HOUR })])
    expect(findSent(chat, query({ anchor: chat.messages[0]!.id }), sight).outcome).toBe('inconclusive')
    expect(findSent(chat, query({ anchor: chat.messages[1]!.id }), sight).outcome).toBe('absent')
  })

  it('reads the time of the send on the clock of the network', () => {
    const chat = chatOf([message('A', { time: now - 2 * HOUR })])
    expect(findSent(chat, query(), { ...sight, clockShiftMs: -2 * HOUR }).outcome).toBe('found')
  })

  it('without any anchor, trusts the time for what is a day old, and no further', () => {
    const { anchor, ...blind } = query()
    expect(findSent(chatOf([message('A', { time: now - 25 * HOUR })]), blind, sight).outcome).toBe('absent')
    expect(findSent(chatOf([message('A', { time: now - 23 * HOUR })]), blind, sight).outcome).toBe('inconclusive')
    expect(findSent(chatOf([message('A')]), blind, sight).outcome).toBe('found')
  })

  it('proves nothing with a chat that does not reach back to the send', () => {
    expect(findSent(chatOf([], now), query(), sight).outcome).toBe('inconclusive')
    expect(findSent(chatOf([], now - 1), query(), sight).outcome).toBe('absent')
    const cut = chatOf([message('A', { body: 'other' })], now)
    expect(findSent(cut, query({ anchor: cut.messages[0]!.id }), sight).outcome).toBe('absent')
  })

  it('knows of an id whether it was forgotten or never there', () => {
    const forgottenIds = new ForgottenIds(now - 1)
    forgottenIds.add('A', now)
    const look = (messageId: string, notBefore = now) =>
      findSent(chatOf([], now), query({ messageId: `true_x@c.us_${messageId}`, notBefore }), { ...sight, forgottenIds })
        .outcome
    expect([look('A'), look('B'), look('B', now - 1)]).toEqual(['inconclusive', 'absent', 'inconclusive'])
  })

  it('with a delayed history, sees what is 30 seconds old or still with the page, and else waits', () => {
    const late: Sight = { ...sight, history: 'delayed', now: 30_000 }
    expect(findSent(chatOf([message('A', { settledAt: 0 })]), query(), late).outcome).toBe('found')
    expect(findSent(chatOf([message('A', { settledAt: null, ack: 0 })]), query(), late).outcome).toBe('found')
    expect(findSent(chatOf([message('A', { settledAt: 1 })]), query(), late).outcome).toBe('inconclusive')
    expect(findSent(chatOf([]), query(), late).outcome).toBe('absent')
  })

  it('shows nothing of an empty history, not even the newest message', () => {
    const chat = chatOf([message('A')])
    expect(findSent(chatOf([]), query(), { ...sight, history: 'empty' }).outcome).toBe('inconclusive')
    expect(newestOf(chat, { ...sight, history: 'empty' })).toBeUndefined()
    expect(newestOf(chat, sight)).toBe(chat.messages[0])
  })
})
