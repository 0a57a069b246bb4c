import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumberSet } from './number-set.ts'

describe('NumberSet', () => {
  it('knows what a Set knows', () => {
    const number = fc.oneof(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      // Around the ends of the halves.
      fc.integer({ min: 2 ** 32 - 3, max: 2 ** 32 + 3 }),
      fc.integer({ min: 5 * 2 ** 32 - 3, max: 5 * 2 ** 32 + 3 }),
    )
    fc.assert(
      fc.property(fc.array(number, { maxLength: 2_000, size: 'max' }), (numbers) => {
        const [ours, reference] = [new NumberSet(), new Set<number>()]
        for (const it of numbers) {
          expect(ours.add(it)).toBe(!reference.has(it))
          reference.add(it)
        }
        expect(ours.size).toBe(reference.size)
      }),
    )
  })

  it('spreads the numbers of one country', () => {
    const set = new NumberSet()
    for (let i = 0; i < 300_000; i++) expect(set.add(201_000_000_000 + i)).toBe(true)
    for (let i = 0; i < 300_000; i++) if (set.add(201_000_000_000 + i)) throw new Error(`${i} was there`)
    expect(set.size).toBe(300_000)
  })
})
