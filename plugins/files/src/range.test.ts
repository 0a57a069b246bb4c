import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKnown, mayAnswerPart, outside, rangeOf } from './range.ts'

describe('a range', () => {
  it.each<[string | null, ReturnType<typeof rangeOf>]>([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=0-', { first: 0, last: 9 }],
    ['bytes=3-5', { first: 3, last: 5 }],
    ['Bytes=3-5', { first: 3, last: 5 }],
    ['bytes=9-', { first: 9, last: 9 }],
    ['bytes=5-99999999999999999999', { first: 5, last: 9 }],
    ['bytes=-1', { first: 9, last: 9 }],
    ['bytes=-10', { first: 0, last: 9 }],
    [`bytes=-${'9'.repeat(400)}`, { first: 0, last: 9 }],
    // Beyond the end, or nothing at all.
    ['bytes=10-', outside],
    ['bytes=10-20', outside],
    [`bytes=${'9'.repeat(400)}-`, outside],
    ['bytes=-0', outside],
    // The whole file is meant.
    [null, undefined],
    ['', undefined],
    ['bytes=-', undefined],
    ['bytes=', undefined],
    ['bytes=5-3', undefined],
    ['bytes=0-1,3-4', undefined],
    ['bytes= 0-1', undefined],
    ['bytes=0x1-2', undefined],
    ['bytes=--1', undefined],
    ['lines=0-1', undefined],
    ['0-1', undefined],
  ])('of ten bytes asked for as %j', (header, range) => {
    expect(rangeOf(header, 10)).toEqual(range)
  })

  it('of an empty file is always outside', () => {
    expect(['bytes=0-', 'bytes=0-0', 'bytes=-5'].map((it) => rangeOf(it, 0))).toEqual([outside, outside, outside])
  })

  it('never reaches out of the file, whatever is asked', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n })).map(([a, b]) => `bytes=${a}-${b}`),
      fc.tuple(fc.option(fc.nat(20)), fc.option(fc.nat(20))).map(([a, b]) => `bytes=${a ?? ''}-${b ?? ''}`),
    )
    fc.assert(
      fc.property(header, fc.nat(20), (asked, size) => {
        const range = rangeOf(asked, size)
        if (range === undefined || range === outside) return
        expect(range.first).toBeGreaterThanOrEqual(0)
        expect(range.last).toBeGreaterThanOrEqual(range.first)
        expect(range.last).toBeLessThan(size)
      }),
    )
  })
})

describe('the state of a file', () => {
  it('lets a part be answered that belongs to it', () => {
    expect([null, '"a"'].map((it) => mayAnswerPart(it, '"a"'))).toEqual([true, true])
    expect(['"b"', 'W/"a"', 'Sun, 29 Nov 2026 00:00:00 GMT'].map((it) => mayAnswerPart(it, '"a"'))).toEqual([
      false,
      false,
      false,
    ])
  })

  it('is known to a client that names it', () => {
    expect(['"a"', 'W/"a"', '"b", "a"', '*'].map((it) => isKnown(it, '"a"'))).toEqual([true, true, true, true])
    expect([null, '', '"b"', 'a'].map((it) => isKnown(it, '"a"'))).toEqual([false, false, false, false])
  })
})
