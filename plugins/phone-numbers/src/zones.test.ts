import fc from 'fast-check'
import { getCountries, getExampleNumber } from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { describe, expect, it } from 'vitest'
import { zonesOf } from './zones.ts'

const of = (digits: string) => zonesOf(`${digits}@c.us`)
/** Hours between a zone and UTC at a moment. */
const hours = (zone: string, at: Date) => {
  const name = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at)
  const [, sign, h = '0', m = '0'] =
    /([+-])(\d+):(\d+)/.exec(name.find((it) => it.type === 'timeZoneName')!.value) ?? []
  return (sign === '-' ? -1 : 1) * (Number(h) + Number(m) / 60)
}
const winter = new Date('2026-01-15T12:00:00Z')
const spread = (zones: readonly string[]) =>
  [...new Set(zones.map((it) => hours(it, winter)))].toSorted((a, b) => a - b)

describe('zonesOf', () => {
  it.each([
    ['201001234567', ['Africa/Cairo']],
    ['966501234567', ['Asia/Riyadh']],
    ['989121234567', ['Asia/Tehran']],
    ['971501234567', ['Asia/Dubai']],
    ['919812345678', ['Asia/Kolkata']],
    ['447911123456', ['Europe/London']],
    ['212612345678', ['Africa/Casablanca']],
    ['38344123456', ['Europe/Belgrade']],
    ['12125550123', ['America/New_York']],
    ['13125550123', ['America/Chicago']],
    ['14165550123', ['America/Toronto']],
    ['16025550123', ['America/Phoenix']],
    ['18085550123', ['Pacific/Honolulu']],
    ['18765550123', ['America/Jamaica']],
    ['19075550123', ['America/Adak', 'America/Anchorage']],
  ])('knows where %s belongs', (digits, zones) => {
    expect(of(digits)).toEqual(zones)
  })

  it.each([
    ['5511912345678', [-5, -4, -3, -2]],
    ['79161234567', [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ['525512345678', [-8, -7, -6, -5]],
    ['6281234567890', [7, 8, 9]],
    ['18005550123', [-10, -9, -8, -7, -6, -5]],
  ])('answers every zone that %s may be in', (digits, offsets) => {
    expect(spread(of(digits))).toEqual(offsets)
  })

  it('covers Australia from the west to the east', () => {
    expect(of('61412345678')).toEqual(expect.arrayContaining(['Australia/Perth', 'Australia/Sydney']))
  })

  it('tells countries with one calling code apart', () => {
    expect(of('77011234567')).toContain('Asia/Almaty')
    expect(of('77011234567')).not.toContain('Europe/Moscow')
    expect(of('358181234567')).toEqual(['Europe/Helsinki'])
  })

  it.each(['12036304@g.us', '98123@lid', '', 'Mona', '000@c.us', '999999999999@c.us', '201001234567'])(
    'answers nothing for %j',
    (chatId) => {
      expect(zonesOf(chatId)).toEqual([])
    },
  )

  it.each(getCountries())('knows real zones for a mobile number of %s', (country) => {
    const zones = of(getExampleNumber(country, examples)!.number.slice(1))
    expect(zones).not.toEqual([])
    for (const zone of zones) expect(Intl.DateTimeFormat('en', { timeZone: zone })).toBeDefined()
  })

  it('answers the same place with the same array, and one that nobody can change', () => {
    expect(of('201001234567')).toBe(of('201119876543'))
    expect(Object.isFrozen(of('12125550123'))).toBe(true)
  })

  it('answers real zones or nothing, whatever it is asked', () => {
    const known = new Set([...Intl.supportedValuesOf('timeZone'), 'Asia/Kolkata', 'Asia/Kathmandu', 'Asia/Yangon'])
    const canonical = (zone: string) => new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone
    const digits = fc.stringMatching(/^[0-9]{1,17}$/).map((it) => `${it}@c.us`)
    fc.assert(
      fc.property(fc.oneof(fc.string(), digits), (chatId) => {
        for (const zone of zonesOf(chatId)) expect(known).toContain(canonical(zone))
      }),
    )
  })
})
