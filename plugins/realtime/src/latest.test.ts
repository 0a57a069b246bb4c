import { describe, expect, it } from 'vitest'
import { Allowance } from './allowance.ts'
import { Latest } from './latest.ts'

function fixture() {
  let replaced = 0
  const latest = new Latest<string>(() => replaced++)
  const put = (key: string, value: string, group = 'g') => latest.put(key, group, value)
  return { latest, put, replaced: () => replaced }
}

describe('the latest of each thing', () => {
  it('is taken when it is its turn, in the order in which the things came', () => {
    const { latest, put, replaced } = fixture()
    put('a', 'a1')
    put('b', 'b1')
    put('c', 'c1')
    put('a', 'a2')
    expect(latest.take(2)).toEqual(['a2', 'b1'])
    put('a', 'a3')
    expect(latest.take(2)).toEqual(['c1', 'a3'])
    expect([latest.size, replaced()]).toEqual([0, 1])
    expect(latest.take(2)).toEqual([])
  })

  it('is taken at once with its group, so that nothing overtakes it', () => {
    const { latest, put } = fixture()
    put('a', 'a1', 'one')
    put('b', 'b1', 'two')
    put('c', 'c1', 'one')
    expect(latest.takeGroup('one')).toEqual(['a1', 'c1'])
    expect(latest.take(10)).toEqual(['b1'])
  })

  it('never grows without bound: the oldest gives way', () => {
    const { latest, put, replaced } = fixture()
    for (let n = 0; n < 5_000; n++) put(`key ${n}`, `${n}`)
    expect([latest.size, replaced()]).toEqual([1_000, 4_000])
    expect(latest.take(1)).toEqual(['4000'])
    latest.clear()
    expect(latest.size).toBe(0)
  })
})

describe('an allowance', () => {
  it('is a burst, and then a steady rate', () => {
    const allowance = new Allowance({ perSecond: 10, burst: 3 })
    const taken = (now: number, times: number) =>
      Array.from({ length: times }, () => allowance.take(now)).filter(Boolean).length
    expect(taken(0, 5)).toBe(3)
    expect(taken(100, 5)).toBe(1)
    expect(taken(150, 5)).toBe(0)
    expect(taken(1_000, 5)).toBe(3)
  })
})
