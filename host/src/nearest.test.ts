import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearestOf } from './nearest.ts'

describe('nearestOf', () => {
  it.each([
    ['directroy', 'directory'],
    ['Port', 'port'],
    ['prt', 'port'],
    ['perhour', 'perHour'],
  ])('takes %s for %s', (word, expected) => {
    expect(nearestOf(word, ['directory', 'port', 'perHour'])).toBe(expected)
  })

  it('does not guess far', () => {
    expect(nearestOf('colour', ['directory', 'port'])).toBeUndefined()
    expect(nearestOf('x', [])).toBeUndefined()
  })

  it('always finds a word that is there', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, selector: (it) => it.toLowerCase() }),
        (words) => {
          for (const word of words) expect(nearestOf(word, words)).toBe(word)
        },
      ),
    )
  })
})
