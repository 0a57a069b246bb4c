import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { phoneDigits } from './pairing.ts'

describe('a phone number', () => {
  it.each([
    ['201001234567', '201001234567'],
    ['+20 100 123 4567', '201001234567'],
    ['0020-100-123-4567', '201001234567'],
    ['\u200e+٢٠١٠٠١٢٣٤٥٦٧', '201001234567'],
    ['+۹۸ (۹۱۲) ۳۴۵.۶۷۸۹', '989123456789'],
  ])('may be written as %s', (text, digits) => {
    expect(phoneDigits(text)).toBe(digits)
  })

  it('is refused without a country code, and whatever else it is', () => {
    for (const text of ['01001234567', '123', '1234567890123456', 'wa.me/20100', '+20 100 CALL ME'])
      expect(() => phoneDigits(text)).toThrow(/country code/)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        let digits = '1234567'
        try {
          digits = phoneDigits(text)
        } catch (error) {
          expect(error).toMatchObject({ code: 'WAQ_CHAT_ID_INVALID' })
        }
        expect(digits).toMatch(/^[1-9]\d{6,14}$/)
      }),
    )
  })
})
