/** Where a message can go: a person or a group. */
export interface Address {
  /** `<digits>@c.us` or `<id>@g.us`: the one name under which the network keeps the chat. */
  readonly chatId: string
  readonly isGroup: boolean
  /** Of a person: the phone number without `+`. */
  readonly digits: string
}

// E.164 allows 15 digits and no country code starts with 0; nobody has fewer than 5.
const plausibleNumber = /^[1-9]\d{4,14}$/
const groupId = /^\d{5,20}(-\d{5,20})?$/

/**
 * Reads a chat id, or a phone number written with `+`, spaces and the like.
 * @returns nothing when no such person can exist: the network knows every number that is plausible, and no other.
 */
export function parseAddress(text: string): Address | undefined {
  const at = text.lastIndexOf('@')
  const user = at < 0 ? text.replace(/[\s().+-]/g, '') : text.slice(0, at)
  const server = at < 0 ? 'c.us' : text.slice(at + 1)
  if (server === 'g.us') return groupId.test(user) ? { chatId: text, isGroup: true, digits: '' } : undefined
  const digits = server === 'lid' ? numberOf(user) : server === 'c.us' ? user : undefined
  if (digits === undefined || !plausibleNumber.test(digits)) return undefined
  return { chatId: `${digits}@c.us`, isGroup: false, digits }
}

/**
 * The hidden-number identity of a person, `<id>@lid`. It can be turned back, so that the network keeps no list;
 * to everybody else it is just another number.
 */
export function lidOf(digits: string): string {
  return `7${String(digits.length).padStart(2, '0')}${complement(digits)}@lid`
}

function numberOf(lid: string): string | undefined {
  if (!/^7\d{7,17}$/.test(lid)) return undefined
  const digits = complement(lid.slice(3))
  return digits.length === Number(lid.slice(1, 3)) ? digits : undefined
}

function complement(digits: string): string {
  return digits.replace(/\d/g, (it) => String(9 - Number(it)))
}

/** The part of a message id that is the same under every address of the chat: `true_<chat>_<stanza>` → `<stanza>`. */
export function stanzaOf(messageId: string): string {
  if (!messageId.startsWith('true_') && !messageId.startsWith('false_')) return messageId
  return messageId.split('_')[2] ?? messageId
}
