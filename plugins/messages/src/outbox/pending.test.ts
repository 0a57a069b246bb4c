import type { Ack } from '@waqtor/contracts'
import { expect, it } from 'vitest'
import { Pending } from './pending.ts'
import type { AckFact, Recorded } from './recorder.ts'
import type { SentRow, Step } from './rows.ts'
import { Shifts } from './shifts.ts'

const ended = (id: number): Step => ({ id, queue: 'q', from: 'sending', to: 'sent', reason: null })
const ack = (messageId: string, value: Ack = 2): AckFact => ({ messageId, ack: value, at: 1 })
const recorded = (more: Partial<Recorded>): Recorded => ({
  shifts: new Shifts(),
  moved: [],
  early: [],
  dropped: new Map(),
  ...more,
})
const moved = (message_id: string) => ({ message_id }) as SentRow

it('gives out what has happened in its order, no more than a turn takes, and says when nothing is left', () => {
  const pending = new Pending()
  for (const id of [1, 2, 3]) pending.ended(ended(id))
  pending.acknowledged([ack('a'), ack('b')])
  expect(pending.take(2)).toEqual({ outcomes: [ended(1), ended(2)], acks: [ack('a'), ack('b')] })
  expect(pending.isEmpty).toBe(false)
  expect(pending.take(2)).toEqual({ outcomes: [ended(3)], acks: [] })
  expect(pending.isEmpty).toBe(true)
})

it('has what could not be written down before everything that came since', () => {
  const pending = new Pending()
  pending.ended(ended(1))
  const taken = pending.take(10)
  pending.ended(ended(2))
  pending.putBack(taken)
  expect(pending.take(10).outcomes).toEqual([ended(1), ended(2)])
})

it('keeps an acknowledgement of a message that nobody knows yet until it is known, once', () => {
  const pending = new Pending()
  pending.match(recorded({ early: [ack('a')] }))
  pending.match(recorded({ moved: [moved('b')] }))
  expect(pending.isEmpty).toBe(true)
  pending.match(recorded({ moved: [moved('a')] }))
  expect(pending.take(10).acks).toEqual([ack('a')])
  pending.match(recorded({ moved: [moved('a')] }))
  expect(pending.isEmpty).toBe(true)
})
