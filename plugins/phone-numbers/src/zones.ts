import { getTimezonesForCountry } from 'countries-and-timezones'
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { areasByZones } from './north-american-areas.ts'
import { callingCodeOf, countriesByCallingCode } from './numbering-plans.ts'

const none: readonly string[] = Object.freeze([])
const phoneChat = /^([1-9]\d{5,14})@c\.us$/

/**
 * The IANA time zones in which the owner of a phone number may be: those of its area where that is known (+1), else all
 * of its country. People keep their number when they move, so this is where a number belongs, not where somebody is.
 * The same array is answered for the same place: what is worked out from it can be kept by it.
 * @returns nothing for a group, a hidden number (`@lid`) and what is no number of a known country
 * @example zonesOf('201001234567@c.us') // ['Africa/Cairo']
 */
export function zonesOf(chatId: string): readonly string[] {
  const digits = phoneChat.exec(chatId)?.[1]
  if (digits === undefined) return none
  if (digits[0] === '1') {
    const zones = areas.get(digits.slice(1, 4))
    if (zones) return zones
  }
  const code = callingCodeOf(digits)
  if (code === undefined) return none
  const shared = byCallingCode.get(code)!
  if (shared.alike) return shared.zones
  const country = parsePhoneNumberFromString(`+${digits}`)?.country
  return country ? byCountry.get(country)! : shared.zones
}

const areas = new Map(
  Object.entries(areasByZones).flatMap(([names, codes]) => {
    const zones = Object.freeze(names.split(' '))
    return codes.split(' ').map((code) => [code, zones] as const)
  }),
)

/** Countries of which the tables of zones know nothing. */
const elsewhere: Partial<Record<CountryCode, string>> = {
  AC: 'Atlantic/St_Helena',
  TA: 'Atlantic/St_Helena',
  XK: 'Europe/Belgrade',
}

const byCountry = new Map(
  [...countriesByCallingCode.values()].flat().map((country) => {
    const own = elsewhere[country]
    const zones = own ? [own] : getTimezonesForCountry(country)?.map((it) => it.name)
    return [country, Object.freeze(zones ?? [])] as const
  }),
)

/** The zones of all countries with a calling code, and whether they are those of each: then it does not matter which. */
const byCallingCode = new Map(
  [...countriesByCallingCode].map(([code, countries]) => {
    const zones = new Set(countries.flatMap((it) => byCountry.get(it)!))
    const alike = countries.every((it) => byCountry.get(it)!.length === zones.size)
    return [code, { alike, zones: Object.freeze([...zones]) }] as const
  }),
)
