import type { Ack, TransportFact } from '@waqtor/contracts'
import { expect, it } from 'vitest'
import { wellBehaved } from './behaviour.ts'
import { ChatBook } from './chat-book.ts'
import { VirtualClock } from './clock.ts'
import { LinkedSession } from './linked-session.ts'
import { Phone } from './phone.ts'

it('a phone keeps so much for a page that is away, and no more', () => {
  const start = { instance: 'a', number: '15550001111', pairing: 'p', generation: 1, book: new ChatBook(10) }
  const phone = new Phone({ ...start, behaviour: wellBehaved('s'), clock: new VirtualClock() })
  const incoming = {
    chatId: 'c',
    from: 'c',
    body: '',
    kind: 'text',
    hasMedia: false,
    isGroup: false,
    timestamp: 0,
  } as const
  for (let i = 0; i < 10_100; i++) {
    phone.tellAck(`m${i}`, 2)
    phone.tell({ type: 'message', message: { ...incoming, messageId: `in${i}` } })
  }
  for (const ack of [1, 3] satisfies Ack[]) phone.tellAck('m10099', ack)
  const facts: TransportFact[] = []
  const opening = { instance: 'a', pairing: 'p', autoPair: false }
  const session = new LinkedSession(phone, opening, (it) => facts.push(it), { connect() {}, perform() {} })
  session.state = 'ready'
  phone.session = session
  phone.catchUp()
  const acks = facts.filter((it) => it.type === 'ack')
  expect(acks.length).toBe(10_000)
  expect(acks[0]).toMatchObject({ messageId: 'm100' })
  expect(acks.at(-1)).toMatchObject({ messageId: 'm10099', ack: 3 })
  expect(facts.filter((it) => it.type === 'message').length).toBe(10_000)
})
