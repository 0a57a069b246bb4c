import type { CountryCode } from 'libphonenumber-js/max'
import { planTable } from './plan-table.ts'

interface SharedPlan {
  readonly countries: readonly CountryCode[]
  readonly lengths: ReadonlySet<number>
  readonly prefix: RegExp
}

const plans: ReadonlyMap<string, SharedPlan> = new Map(planTable.map(read))

/** The countries of each calling code. */
export const countriesByCallingCode: ReadonlyMap<string, readonly CountryCode[]> = new Map(
  [...plans].map(([code, { countries }]) => [code, countries]),
)

/** The calling code with which these digits begin. No code is the beginning of another one. */
export function callingCodeOf(digits: string): string | undefined {
  for (let length = 1; length <= 3; length++) {
    const code = digits.slice(0, length)
    if (plans.has(code)) return code
  }
  return undefined
}

/**
 * Whether this is an international number as it stands, digits and nothing else, by lengths and prefixes alone, which is many
 * times faster than to parse it. `false` means that it has to be parsed. What is accepted here is parsed to the same digits:
 * no country of the calling code would take a prefix off, and every one has numbers of this length.
 */
export function isPlainNumber(digits: string): boolean {
  const code = callingCodeOf(digits)
  if (code === undefined || !/^[0-9]+$/.test(digits)) return false
  const plan = plans.get(code)!
  const national = digits.slice(code.length)
  return plan.lengths.has(national.length) && !plan.prefix.test(national)
}

function read(row: string): readonly [code: string, plan: SharedPlan] {
  const [code, countries, lengths, prefixes] = row.split(' ') as [string, string, string, string]
  return [
    code,
    {
      countries: countries.split(',') as CountryCode[],
      lengths: new Set(lengths.split(',').map(Number)),
      // Without any prefix, a pattern that nothing matches.
      prefix: prefixes === '' ? /$^/ : new RegExp(`^(?:${prefixes})`),
    },
  ]
}
