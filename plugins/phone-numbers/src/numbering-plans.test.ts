import fc from 'fast-check'
import { getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { describe, expect, it, test } from 'vitest'
import { planTableText } from './fixtures/plan-table-text.ts'
import { callingCodeOf, countriesByCallingCode, isPlainNumber } from './numbering-plans.ts'

describe('isPlainNumber', () => {
  it('accepts nothing that the parser would read otherwise', () => {
    const code = fc.constantFrom(...countriesByCallingCode.keys())
    const digits = fc.stringMatching(/^[0-9]{1,15}$/)
    // What people leave in a cell: extensions, letters, digits of another script.
    const mixed = fc.string({ unit: fc.constantFrom(...'0123456789٠۵x;e<＋ '), minLength: 1, maxLength: 15 })
    const number = fc
      .tuple(code, fc.oneof({ weight: 3, arbitrary: digits }, { weight: 1, arbitrary: mixed }))
      .map((it) => it.join(''))
    let accepted = 0
    fc.assert(
      fc.property(number, (digits) => {
        if (!isPlainNumber(digits)) return
        accepted++
        const parsed = parsePhoneNumberFromString(`+${digits}`)
        expect([parsed?.number, parsed?.isPossible()]).toEqual([`+${digits}`, true])
      }),
      { numRuns: 20_000 },
    )
    expect(accepted).toBeGreaterThan(1_000)
  })

  it('accepts a mobile number of nearly every country', () => {
    const numbers = [...countriesByCallingCode.values()].flat().map((it) => getExampleNumber(it, examples)!.number)
    const accepted = numbers.filter((it) => isPlainNumber(it.slice(1)))
    expect(accepted.length / numbers.length).toBeGreaterThan(0.9)
  })

  it.each([
    '',
    '0',
    '99912345678',
    '2010',
    '200100123456',
    '971501234567x5',
    '49151<img>12',
    '20١٠٠١٢٣٤٥٦٧',
    '971501234567;1',
  ])('leaves %j to the parser', (digits) => {
    expect(isPlainNumber(digits)).toBe(false)
  })
})

test('the table is what the library knows', async () => {
  await expect(planTableText()).toMatchFileSnapshot('./plan-table.ts')
})

describe('callingCodeOf', () => {
  it.each([
    ['201001234567', '20'],
    ['12125550123', '1'],
    ['96650', '966'],
    ['999', undefined],
  ])('of %s is %s', (digits, code) => {
    expect(callingCodeOf(digits)).toBe(code)
  })
})
