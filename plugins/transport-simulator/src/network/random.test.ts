import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { draw } from './random.ts'

describe('a draw', () => {
  it('depends on its key alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (seed, chat, attempt) => {
        const value = draw(seed, chat, attempt, 'x')
        expect(draw(seed, chat, attempt, 'x')).toBe(value)
        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThan(1)
      }),
    )
  })

  it('tells apart where one part of the key ends', () => {
    expect(draw('s', 'a', 'bc')).not.toBe(draw('s', 'ab', 'c'))
    expect(draw('s', 'a')).not.toBe(draw('t', 'a'))
  })

  it('hits about as often as it should, for every kind of key', () => {
    const kinds = [
      (i: number) => draw('seed', 'default', `${201000000000 + i}@c.us`, 0, 'refuse'),
      (i: number) => draw('seed', 'default', '201000000000@c.us', i, 'answer'),
      (i: number) => draw(String(i), 'default', '201000000000@c.us', 0, 'ack 1'),
    ]
    for (const kind of kinds) {
      const hits = Array.from({ length: 10_000 }, (_, i) => kind(i)).filter((it) => it < 0.1).length
      expect(hits).toBeGreaterThan(850)
      expect(hits).toBeLessThan(1_150)
    }
  })
})
