import { randomBytes } from 'node:crypto'
import type { Delivery } from '../options.ts'
import type { Account } from './accounts.ts'
import type { Item, Known, MessageRecord } from './frames.ts'
import type { MediaStore } from './media-store.ts'
import { lidOf, numberOf } from './numbers.ts'
import { typeOf, vcardOf } from './record-facts.ts'

export function newStanza(): string {
  return `3A${randomBytes(9).toString('hex').toUpperCase()}`
}

/** Brings an item to every page of an account: at once where one is open and listens, else when it comes back. */
export function bring(account: Account, item: Item): void {
  for (const pairing of account.pairings.values()) {
    const number = pairing.wait(item)
    if (pairing.link?.synced) pairing.link.say({ type: 'items', items: [{ ...item, number }] })
  }
}

export function knownOf(number: string): Known {
  return { number: `${number}@c.us`, lid: lidOf(number) }
}

/** Whom a page sees under which address. */
export interface View {
  /** The address of a person in this page. */
  address(number: string): string
  readonly known: boolean
}

/** The same message as the page of somebody else has it. */
export function incoming(
  record: MessageRecord,
  from: string,
  to: Account,
  group: string | undefined,
  view: View,
): MessageRecord {
  const { key, ack, participant, author, isForwarded, ...kept } = record
  const sender = view.address(from)
  const fromMe = from === to.number
  return {
    ...kept,
    ...(isForwarded && { isForwarded }),
    fromMe,
    chat: group ?? sender,
    from: group ?? sender,
    to: `${to.number}@c.us`,
    ...(group && { participant: sender, author: sender }),
    ...(fromMe && { ack: 1 }),
  }
}

/** What somebody writes, as a page gets it. */
export function written(delivery: Delivery, to: Account, media: MediaStore, view: View, id: string): MessageRecord {
  const { group, fromMe = false, time = Date.now() } = delivery
  const other = numberOf(delivery.from) ?? delivery.from
  const chat = group ?? view.address(other)
  const me = `${to.number}@c.us`
  const sender = fromMe ? me : view.address(other)
  return {
    id,
    chat,
    fromMe,
    from: fromMe ? me : (group ?? sender),
    to: fromMe ? chat : me,
    ...(group && { participant: sender, author: sender }),
    t: Math.floor(time / 1000),
    ...(fromMe && { ack: 1 }),
    ...contentOf(delivery, media),
    ...(delivery.quoted && quoteOf(delivery.quoted)),
    ...(delivery.mentioned && { mentionedJidList: delivery.mentioned }),
  }
}

function contentOf(delivery: Delivery, media: MediaStore): Pick<MessageRecord, 'type'> & Partial<MessageRecord> {
  const { text, location, contact, poll } = delivery
  if (location) {
    const loc = [location.name, location.address].filter(Boolean).join('\n')
    return { type: 'location', lat: location.latitude, lng: location.longitude, loc }
  }
  if (contact) {
    const body = vcardOf(contact.name, contact.phoneNumber)
    return { type: 'vcard', body, vcardFormattedName: contact.name }
  }
  if (poll) {
    const pollOptions = poll.options.map((name, localId) => ({ name, localId }))
    const pollSelectableOptionsCount = poll.multiple ? 0 : 1
    return { type: 'poll_creation', pollName: poll.question, pollOptions, pollSelectableOptionsCount }
  }
  if (delivery.media) return fileOf(delivery, delivery.media, media)
  return { type: 'chat', body: text ?? '' }
}

function fileOf(
  { text, kind }: Delivery,
  { mimeType, data, filename, expired }: NonNullable<Delivery['media']>,
  media: MediaStore,
): Pick<MessageRecord, 'type'> & Partial<MessageRecord> {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : data
  const stored = expired
    ? { directPath: '/media/expired', filehash: 'expired', size: bytes.byteLength }
    : media.add({ data: bytes, mimeType })
  const family = mimeType.split('/')[0] ?? ''
  const guess = (['image', 'video', 'audio'] as const).find((it) => it === family) ?? 'document'
  const type = typeOf(kind ?? guess)
  return {
    type,
    mimetype: mimeType,
    mediaKey: 'bWVkaWFrZXk=',
    encFilehash: stored.filehash,
    ...stored,
    ...(text !== undefined && { caption: text }),
    ...(filename !== undefined && { filename }),
    ...(expired && { stage: 'REUPLOADING' }),
  }
}

function quoteOf(quoted: string): Partial<MessageRecord> {
  return { quotedMsg: { type: 'chat' }, quotedStanzaID: quoted.split('_')[2] ?? quoted }
}

/** The name of a message in the page that has it. */
export function keyOf({ fromMe, chat, id, participant }: MessageRecord): string {
  return [fromMe, chat, id, participant].filter((it) => it !== undefined).join('_')
}
