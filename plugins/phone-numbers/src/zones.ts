import type { CountryCode } from 'libphonenumber-js/max'
import { numbersLibrary, zonesLibrary } from './libraries.ts'
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
    const zones = places().byArea.get(digits.slice(1, 4))
    if (zones) return zones
  }
  const code = callingCodeOf(digits)
  if (code === undefined) return none
  const shared = places().byCallingCode.get(code)!
  if (shared.alike) return shared.zones
  const country = numbersLibrary().parsePhoneNumberFromString(`+${digits}`)?.country
  return country ? places().byCountry.get(country)! : shared.zones
}

/** Countries of which the tables of zones know nothing. */
const elsewhere: Partial<Record<CountryCode, string>> = {
  AC: 'Atlantic/St_Helena',
  TA: 'Atlantic/St_Helena',
  XK: 'Europe/Belgrade',
}

interface Places {
  /** By the three digits of an area of the North American plan. */
  readonly byArea: ReadonlyMap<string, readonly string[]>
  readonly byCountry: ReadonlyMap<CountryCode, readonly string[]>
  /** The zones of all countries with a calling code, and whether they are those of each: then it does not matter which. */
  readonly byCallingCode: ReadonlyMap<string, { readonly alike: boolean; readonly zones: readonly string[] }>
}

let known: Places | undefined

/** Made when the first zone is asked for. */
function places(): Places {
  known ??= readPlaces()
  return known
}

function readPlaces(): Places {
  const byArea = Object.entries(areasByZones).flatMap(([names, codes]) => {
    const zones = Object.freeze(names.split(' '))
    return codes.split(' ').map((code) => [code, zones] as const)
  })
  const { getTimezonesForCountry } = zonesLibrary()
  const byCountry = new Map(
    [...countriesByCallingCode.values()].flat().map((country) => {
      const own = elsewhere[country]
      const zones = own ? [own] : getTimezonesForCountry(country)?.map((it) => it.name)
      return [country, Object.freeze(zones ?? [])] as const
    }),
  )
  const byCallingCode = [...countriesByCallingCode].map(([code, countries]) => {
    const zones = new Set(countries.flatMap((it) => byCountry.get(it)!))
    const alike = countries.every((it) => byCountry.get(it)!.length === zones.size)
    return [code, { alike, zones: Object.freeze([...zones]) }] as const
  })
  return { byArea: new Map(byArea), byCountry, byCallingCode: new Map(byCallingCode) }
}
