import { describe, expect, it } from 'vitest'
import { WrongTries } from './wrong-tries.ts'

describe('wrong tries', () => {
  it('are let through up to the limit, then held up until the window ends', () => {
    const tries = new WrongTries(3, 60_000)
    expect([0, 10, 20].map((now) => tries.count('a', now).waitMs)).toEqual([0, 0, 0])
    expect(tries.count('a', 30)).toEqual({ waitMs: 59_970, isNew: true })
    expect(tries.count('a', 40)).toEqual({ waitMs: 59_960, isNew: false })
    expect(tries.count('b', 30)).toEqual({ waitMs: 0, isNew: false })
    expect(tries.count('a', 60_000)).toEqual({ waitMs: 0, isNew: false })
  })

  it('of very many addresses do not fill the memory', () => {
    const tries = new WrongTries(1, 60_000)
    for (let i = 0; i < 10_001; i++) tries.count(`address-${i}`, i)
    expect(tries.count('address-0', 10_001).waitMs).toBe(0)
    expect(tries.count('address-10000', 10_001).waitMs).toBeGreaterThan(0)
  })
})
