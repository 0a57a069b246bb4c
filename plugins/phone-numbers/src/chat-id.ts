import { fail } from '@waqtor/contracts/fail'
import type { CountryCode, PhoneNumber } from 'libphonenumber-js/max'
import { numbersLibrary } from './libraries.ts'
import { isPlainNumber } from './numbering-plans.ts'

export type { CountryCode }

const chatId = /^[0-9-]{3,40}@(c\.us|g\.us|lid)$/
// What people put around the digits: spaces of all kinds, dashes, dots, brackets, direction marks, and the + itself.
const decoration = /[\s\u00a0\u200e\u200f\u202a-\u202e\u2066-\u2069().\-–—/+]/gu

/**
 * The canonical chat id of anything a caller may write: a chat id, `+20 100 123 4567`, `0020…`, `٠٠٢٠…`,
 * or a national number when `defaultCountry` is known.
 * @returns undefined when it is none of these.
 * @example toChatId('+98 (912) 345-6789') // '989123456789@c.us'
 */
export function toChatId(address: string, defaultCountry?: CountryCode): string | undefined {
  const text = address.trim()
  if (chatId.test(text)) return text
  // A mistyped chat id must not be taken for the number inside it.
  if (text.includes('@')) return undefined
  const bare = text.replace(decoration, '')
  const international = bare.replace(/^(00|٠٠|۰۰)/, '')
  if (text.startsWith('+') || international !== bare || !defaultCountry) return readInternational(international)
  const number = numbersLibrary().parsePhoneNumberFromString(text, defaultCountry)
  return number ? canonical(number) : readInternational(international)
}

function readInternational(digits: string): string | undefined {
  if (isPlainNumber(digits)) return `${digits}@c.us`
  const number = numbersLibrary().parsePhoneNumberFromString(`+${digits}`)
  return number && canonical(number)
}

function canonical(number: PhoneNumber): string | undefined {
  return number.isPossible() ? `${number.number.slice(1)}@c.us` : undefined
}

/** As `toChatId`. @throws WaqtorError WAQ_CHAT_ID_INVALID (400) */
export function requireChatId(address: string, defaultCountry?: CountryCode): string {
  const id = toChatId(address, defaultCountry)
  if (id) return id
  throw fail('WAQ_CHAT_ID_INVALID', whyNoChatId(address, defaultCountry))
}

/** Why `toChatId` answers nothing: what looks like a number without its country code could be one, were a country set. */
export function whyNoChatId(address: string, defaultCountry?: CountryCode): string {
  const why = `'${address}' is neither a chat id nor a phone number with its country code`
  const isNational = /^(?!00|٠٠|۰۰)\p{Nd}{7,15}$/u.test(address.replace(decoration, ''))
  return isNational && defaultCountry === undefined && !address.trim().startsWith('+')
    ? `${why}; for numbers without one, name the country in the config: messages({ defaultCountry: 'EG' })`
    : why
}
