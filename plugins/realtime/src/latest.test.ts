import { describe, expect, it } from 'vitest'
import { Allowance } from './allowance.ts'
import { Latest } from './latest.ts'

function fixture() {
  const sent: string[] = []
  let replaced = 0
  const latest = new Latest(() => replaced++)
  const put = (key: string, value: string, group = 'g') => latest.put(key, group, () => sent.push(value))
  return { latest, sent, put, replaced: () => replaced }
}

describe('the latest of each thing', () => {
  it('is sent when it is its turn, in the order in which the things came', () => {
    const { latest, sent, put, replaced } = fixture()
    put('a', 'a1')
    put('b', 'b1')
    put('c', 'c1')
    put('a', 'a2')
    latest.take(2)
    expect(sent).toEqual(['a2', 'b1'])
    put('a', 'a3')
    latest.take(2)
    expect(sent).toEqual(['a2', 'b1', 'c1', 'a3'])
    expect([latest.size, replaced()]).toEqual([0, 1])
    latest.take(2)
    expect(sent).toHaveLength(4)
  })

  it('goes out at once with its group, so that nothing overtakes it', () => {
    const { latest, sent, put } = fixture()
    put('a', 'a1', 'one')
    put('b', 'b1', 'two')
    put('c', 'c1', 'one')
    latest.flush('one')
    expect([sent, latest.size]).toEqual([['a1', 'c1'], 1])
  })

  it('never grows without bound: the oldest gives way', () => {
    const { latest, sent, put, replaced } = fixture()
    for (let n = 0; n < 5_000; n++) put(`key ${n}`, `${n}`)
    expect([latest.size, replaced()]).toEqual([1_000, 4_000])
    latest.take(1)
    expect(sent).toEqual(['4000'])
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
