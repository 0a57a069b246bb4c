// E.164 allows 15 digits and no country code starts with 0; nobody has fewer than 5.
const plausible = /^[1-9]\d{4,14}$/

/** True where somebody could have this number: the network knows all of them. */
export function isPlausible(number: string): boolean {
  return plausible.test(number)
}

/** The hidden-number identity of a person. It can be turned back, so that the network keeps no list. */
export function lidOf(number: string): string {
  return `7${String(number.length).padStart(2, '0')}${complement(number)}@lid`
}

/** The number of a person under any address; nothing for groups and for what cannot be a person. */
export function numberOf(address: string): string | undefined {
  const [user = '', server = 'c.us'] = address.replace(/^\+/, '').split('@')
  if (server === 'c.us' || server === 's.whatsapp.net') return plausible.test(user) ? user : undefined
  if (server !== 'lid' || !/^7\d{7,17}$/.test(user)) return undefined
  const number = complement(user.slice(3))
  return number.length === Number(user.slice(1, 3)) && plausible.test(number) ? number : undefined
}

/** `<digits>@c.us` of a person under any address; a group as it is. */
export function canonical(address: string): string {
  if (address.endsWith('@g.us')) return address
  const number = numberOf(address)
  return number === undefined ? address : `${number}@c.us`
}

/** The part of a message id that is the same under every address of the chat. */
export function stanzaOf(messageId: string): string {
  return /^(true|false)_/.test(messageId) ? (messageId.split('_')[2] ?? messageId) : messageId
}

function complement(digits: string): string {
  return digits.replace(/\d/g, (it) => String(9 - Number(it)))
}
