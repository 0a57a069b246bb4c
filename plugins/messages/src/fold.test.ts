import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fold } from './fold.ts'

describe('fold', () => {
  it.each([
    ['مَرحَبًا', 'مرحبا'],
    ['أهـــلاً', 'اهلا'],
    ['فاتورة', 'فاتوره'],
    ['على', 'علي'],
    ['یک', 'يك'],
    ['Crème BRÛLÉE', 'creme brulee'],
    ['١٢٣ ۴۵۶', '123 456'],
  ])('takes %s for %s', (written, searched) => {
    expect(fold(written)).toBe(searched)
  })

  it('folds what is folded to itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fold(fold(text))).toBe(fold(text))
      }),
    )
  })
})
