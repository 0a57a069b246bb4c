import { createRequire } from 'node:module'
import type * as Zones from 'countries-and-timezones'
import type * as Numbers from 'libphonenumber-js/max'

// Both are a good deal bigger than what is done with them, and most processes and threads never need either: an
// international number is read without them. They are loaded at once where they are needed, for those who ask cannot wait.
const require = createRequire(import.meta.url)

let numbers: typeof Numbers | undefined
let zones: typeof Zones | undefined

/** The parser of phone numbers with the plans of all countries. */
export function numbersLibrary(): typeof Numbers {
  numbers ??= require('libphonenumber-js/max') as typeof Numbers
  return numbers
}

/** The table of time zones. */
export function zonesLibrary(): typeof Zones {
  zones ??= require('countries-and-timezones') as typeof Zones
  return zones
}
