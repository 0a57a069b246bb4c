import { expect, it } from 'vitest'
import { RecentOptOuts } from './recent.ts'

it('remembers the latest, and forgets those that were said longest ago', () => {
  const recent = new RecentOptOuts(2)
  expect(recent.isEmpty).toBe(true)
  recent.add('shop', ['a', 'b'])
  recent.add('shop', ['a', 'c'])
  expect(['a', 'b', 'c'].map((it) => recent.has('shop', it))).toEqual([true, false, true])
  expect(recent.has('other', 'a')).toBe(false)
  recent.remove('shop', ['a', 'c'])
  expect(recent.isEmpty).toBe(true)
})
