import { expect, it } from 'vitest'
import { RecentOptOuts } from './recent.ts'

it('remembers the latest for a while, and forgets those that were said longest ago', () => {
  let now = 0
  const recent = new RecentOptOuts({ limit: 2, now: () => now })
  const known = () => ['a', 'b', 'c'].filter((it) => recent.has('shop', it))
  expect(recent.isEmpty).toBe(true)
  recent.add('shop', ['a', 'b'])
  expect(known()).toEqual(['a', 'b'])
  expect(recent.has('other', 'a')).toBe(false)
  recent.add('shop', ['a', 'c'])
  expect(known()).toEqual(['a', 'c'])
  recent.remove('shop', ['a'])
  expect(known()).toEqual(['c'])

  now = 600_000
  expect(known()).toEqual([])
  recent.add('shop', ['b'])
  recent.remove('shop', ['b'])
  expect(recent.isEmpty).toBe(true)
})
