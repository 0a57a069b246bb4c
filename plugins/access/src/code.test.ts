import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawCode, isTrivial, westernDigits } from './code.ts'

describe('D2: a code', () => {
  it.each(['0000', '1111', '999999', '1234', '0123', '8901', '4321', '3210', '1098', '123456', '654321', '890123'])(
    'that somebody tries first is never drawn: %s',
    (code) => {
      expect(isTrivial(code)).toBe(true)
    },
  )

  it.each(['1212', '123123', '454545', '7070'])('that repeats itself is never drawn: %s', (code) => {
    expect(isTrivial(code)).toBe(true)
  })

  it.each(['1235', '402918', '1357', '2468', '1221', '112233'])('is not refused without a reason: %s', (code) => {
    expect(isTrivial(code)).toBe(false)
  })

  it('is drawn again when it is one of those, and keeps its leading zeros', () => {
    const drawn = [111_111, 123_456, 121_212, 42]
    expect(drawCode(6, () => drawn.shift()!)).toBe('000042')
    expect(drawn).toEqual([])
  })

  it('has as many digits as asked for, of all there are', () => {
    fc.assert(
      fc.property(fc.constantFrom(4 as const, 6 as const), (length) => {
        const code = drawCode(length)
        expect(code).toMatch(new RegExp(`^\\d{${length}}$`))
        expect(isTrivial(code)).toBe(false)
      }),
    )
  })

  it('leaves out few enough that guessing is no easier', () => {
    const left = Array.from({ length: 10_000 }, (_, it) => String(it).padStart(4, '0')).filter((it) => !isTrivial(it))
    expect(left.length).toBeGreaterThan(9_850)
  })
})

it('digits of any keyboard are read alike', () => {
  expect(westernDigits('٤٠٢٩١٨')).toBe('402918')
  expect(westernDigits('۴۰۲۹۱۸')).toBe('402918')
  expect(westernDigits('402918')).toBe('402918')
})
