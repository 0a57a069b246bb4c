import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  Metadata,
  type NumberingPlan,
} from 'libphonenumber-js/max'

/** The countries of each calling code. */
export const countriesByCallingCode: ReadonlyMap<string, readonly CountryCode[]> = Map.groupBy(getCountries(), (it) =>
  String(getCountryCallingCode(it)),
)

/** The calling code with which these digits begin. No code is the beginning of another one. */
export function callingCodeOf(digits: string): string | undefined {
  for (let length = 1; length <= 3; length++) {
    const code = digits.slice(0, length)
    if (countriesByCallingCode.has(code)) return code
  }
  return undefined
}

/**
 * Whether these digits are an international number as they stand, by lengths and prefixes alone, which is many times
 * faster than to parse them. `false` means that it has to be parsed. What is accepted here is parsed to the same digits:
 * no country of the calling code would take a prefix off, and every one has numbers of this length.
 */
export function isPlainNumber(digits: string): boolean {
  const code = callingCodeOf(digits)
  if (code === undefined) return false
  const plan = plans.get(code)!
  const national = digits.slice(code.length)
  return plan.lengths.has(national.length) && !plan.prefix.test(national)
}

interface SharedPlan {
  readonly lengths: ReadonlySet<number>
  readonly prefix: RegExp
}

const plans = new Map([...countriesByCallingCode].map(([code, countries]) => [code, sharedPlan(countries)]))

function sharedPlan(countries: readonly CountryCode[]): SharedPlan {
  const all = countries.map(planOf)
  const prefixes = all.map((it) => it.nationalPrefixForParsing()).filter((it) => it !== undefined)
  return {
    lengths: new Set(
      all[0]?.possibleLengths().filter((it) => all.every((plan) => plan.possibleLengths().includes(it))),
    ),
    // Without any prefix, a pattern that nothing matches.
    prefix: prefixes.length > 0 ? new RegExp(`^(?:${prefixes.join('|')})`) : /$^/,
  }
}

/** The types leave out what the parser takes a national prefix off by. */
type CompletePlan = NumberingPlan & { nationalPrefixForParsing(): string | undefined }

function planOf(country: CountryCode): CompletePlan {
  const metadata = new Metadata()
  metadata.selectNumberingPlan(country)
  return metadata.numberingPlan as CompletePlan
}
