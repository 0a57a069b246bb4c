import { expect, test } from 'vitest'
import { Shared } from './shared.ts'

test('those who ask within the time share one answer', async () => {
  let [made, now] = [0, 0]
  const shared = new Shared(
    async () => ++made,
    1_000,
    () => now,
  )
  expect(await Promise.all([shared.get(), shared.get()])).toEqual([1, 1])
  now = 999
  expect(await shared.get()).toBe(1)
  now = 1_000
  expect(await shared.get()).toBe(2)
})

test('those who ask while it is made share it, however long it takes', async () => {
  let [made, now] = [0, 0]
  const work = Promise.withResolvers<void>()
  const shared = new Shared(
    async () => {
      await work.promise
      return ++made
    },
    0,
    () => now,
  )
  const first = shared.get()
  now = 60_000
  const second = shared.get()
  work.resolve()
  expect(await Promise.all([first, second])).toEqual([1, 1])
  expect(await shared.get()).toBe(2)
})

test('what failed is tried again', async () => {
  let fails = true
  const shared = new Shared(
    async () => {
      if (fails) throw new Error('not now')
      return 'answer'
    },
    1_000,
    () => 0,
  )
  await expect(shared.get()).rejects.toThrow('not now')
  fails = false
  expect(await shared.get()).toBe('answer')
})
