import { describe, expect, it } from 'vitest'
import { parseAddress } from './addresses.ts'
import { ChatBook, type Message } from './chat-book.ts'
import { textOf } from './content.ts'

const address = (digits: string) => parseAddress(digits)!

function message(id: string, time: number, settledAt: number | null = time): Message {
  return { id, fromMe: true, author: null, ...textOf(id), time, settledAt, ack: 1 }
}

describe('the chats of a phone', () => {
  it('are listed by their newest message', () => {
    const book = new ChatBook(100)
    for (const [i, digits] of ['20100001', '20100002', '20100001', '20100003'].entries()) {
      book.add(book.open(address(digits)), message(`m${i}`, i))
    }
    expect(book.summaries(2)).toMatchObject([
      { chatId: '20100003@c.us', messages: 1, newest: { messageId: 'm3' } },
      { chatId: '20100001@c.us', messages: 2, newest: { messageId: 'm2' } },
    ])
    expect(book.messages(address('20100001'), 1).map((it) => it.messageId)).toEqual(['m2'])
    expect(book.messages(address('20100009'), 10)).toEqual([])
  })

  it('lose their oldest messages, and know up to when', () => {
    const book = new ChatBook(3)
    for (let i = 0; i < 5_000; i++) book.add(book.open(address(String(20_100_000 + (i % 2)))), message(`m${i}`, i))
    const [even, odd] = [book.look(address('20100000')), book.look(address('20100001'))]
    expect([...even.messages, ...odd.messages].map((it) => it.time).sort()).toEqual([4_997, 4_998, 4_999])
    expect([even.forgottenUntil, odd.forgottenUntil].sort()).toEqual([4_995, 4_996])
  })

  it('know of a chat that is forgotten altogether that something was there', () => {
    const book = new ChatBook(1)
    book.add(book.open(address('20100001')), message('a', 10))
    book.add(book.open(address('20100002')), message('b', 20))
    expect(book.look(address('20100001'))).toMatchObject({ messages: [], forgottenUntil: 10 })
    expect(book.summaries(10).map((it) => it.chatId)).toEqual(['20100002@c.us'])
  })

  it('keep what the page has not handed over yet', () => {
    const book = new ChatBook(1)
    const chat = book.open(address('20100001'))
    const held = message('held', 1, null)
    book.add(chat, held)
    book.add(chat, message('b', 2))
    expect(chat.messages.map((it) => it.id)).toEqual(['held', 'b'])
    held.settledAt = 3
    book.add(chat, message('c', 4))
    expect(chat.messages.map((it) => it.id)).toEqual(['c'])
  })

  it('let go of a message that never left', () => {
    const book = new ChatBook(2)
    const chat = book.open(address('20100001'))
    const gone = message('gone', 1, null)
    book.add(chat, gone)
    book.remove(chat, gone)
    book.remove(chat, gone)
    book.add(chat, message('b', 2))
    book.add(chat, message('c', 3))
    expect(chat.messages.map((it) => it.id)).toEqual(['b', 'c'])
    expect(chat.forgottenUntil).toBe(Number.NEGATIVE_INFINITY)
  })
})
