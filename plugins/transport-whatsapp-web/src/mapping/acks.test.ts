import { expect, it } from 'vitest'
import { AckBook, isProgress, toAck } from './acks.ts'

it('reads the numbers of the page', () => {
  expect([undefined, -1, -7, 0, 1, 2, 3, 4, 5].map(toAck)).toEqual([0, -1, -1, 0, 1, 2, 3, 4, 4])
})

it('goes forwards only: what was accepted cannot fail any more', () => {
  expect(isProgress(0, -1)).toBe(true)
  expect(isProgress(1, -1)).toBe(false)
  expect(isProgress(2, 1)).toBe(false)
  expect(isProgress(1, 3)).toBe(true)
  expect(isProgress(2, 2)).toBe(false)
})

it('drops repeats and steps back', () => {
  const book = new AckBook()
  const heard = [0, 1, 1, 3, 2, 3, -1, 4] as const
  expect(heard.filter((ack) => book.advance('a', ack))).toEqual([1, 3, 4])
  expect(book.get('a')).toBe(4)
  expect(book.get('never heard of')).toBe(0)
})

it('forgets the oldest', () => {
  const book = new AckBook(2)
  for (const id of ['a', 'b', 'c']) book.advance(id, 2)
  expect(book.get('a')).toBe(0)
  expect(book.get('c')).toBe(2)
})
