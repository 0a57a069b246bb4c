import { expect, it } from 'vitest'
import { FaultBook, settingsIn } from './faults.ts'

it('what was said last counts, for one account or for all', () => {
  const book = new FaultBook({ latencyMs: 5 })
  book.change('1', { latencyMs: 7, refuseRate: 1 })
  expect(book.of('1')).toMatchObject({ latencyMs: 7, refuseRate: 1 })
  expect(book.of('2')).toMatchObject({ latencyMs: 5, refuseRate: 0 })
  book.change(undefined, { latencyMs: 9 })
  expect(book.of('1')).toMatchObject({ latencyMs: 9, refuseRate: 1 })
})

it('settings of pages are told from faults of accounts', () => {
  expect(settingsIn({ account: 'one', latencyMs: 5, bootDelayMs: 6, fastSync: true })).toEqual({
    bootDelayMs: 6,
    fastSync: true,
  })
})
