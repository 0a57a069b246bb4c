import { describe, expect, it } from 'vitest'
import { languageTag } from './language.ts'
import { mapColumns } from './mapping.ts'

describe('mapColumns', () => {
  it.each([
    'Phone Number',
    'MOBILE-NO.',
    'WhatsApp',
    'رقم الهاتف',
    'الجَوّال',
    'شماره\u200cموبایل',
    'Téléphone',
    'Número de telefone',
    'Handynummer',
    'Telefon (numarası)',
    'No. HP:',
  ])('knows %s for the phone number', (name) => {
    expect(mapColumns(['x', name]).phone).toBe(name)
  })

  it('finds each column by its name, and takes the rest for fields', () => {
    expect(mapColumns(['Full Name', 'Mobile', 'Language', 'Tags', 'Consent', 'Opt-in date', 'city', 'Tel'])).toEqual({
      phone: 'Mobile',
      name: 'Full Name',
      language: 'Language',
      tags: 'Tags',
      consent: 'Consent',
      consentAt: 'Opt-in date',
      fields: { city: 'city', Tel: 'Tel' },
    })
  })

  it('takes the only column for the phone number', () => {
    expect(mapColumns(['anything'])).toEqual({ phone: 'anything', fields: {} })
  })

  it('does as it is told, and takes nothing for two things', () => {
    expect(mapColumns(['A', 'phone', 'name'], { phone: 'a', fields: { called: 'NAME' } })).toEqual({
      phone: 'A',
      fields: { called: 'name' },
    })
    expect(mapColumns(['phone', 'x'], { name: 'phone', phone: 'x' })).toEqual({ phone: 'x', name: 'phone', fields: {} })
  })

  it.each([
    [{}, /no column looks like phone numbers; the columns are 'a', 'b'/],
    [{ phone: 'c' }, /there is no column 'c'; the columns are 'a', 'b'/],
    [{ phone: 'a', fields: { x: 'd' } }, /there is no column 'd'/],
  ])('says what is missing for %j', (wanted, message) => {
    expect(() => mapColumns(['a', 'b'], wanted)).toThrow(message)
  })
})

describe('languageTag', () => {
  it.each([
    ['AR', 'ar'],
    ['en_gb', 'en-GB'],
    ['Arabic', 'ar'],
    ['العربية', 'ar'],
    ['فارسی', 'fa'],
    ['Deutsch', 'de'],
    ['Melayu', 'ms'],
    ['हिन्दी', 'hi'],
    ['Türkisch', undefined],
    ['xy z', undefined],
    ['Klingonish', undefined],
    ['', undefined],
  ])('of %j is %s', (written, tag) => {
    expect(languageTag(written)).toBe(tag)
  })
})
