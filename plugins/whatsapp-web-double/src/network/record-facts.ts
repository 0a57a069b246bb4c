import { bodyHash, cardText, type MessageKind, mediaHash } from '@waqtor/contracts'
import type { MessageRecord } from './frames.ts'
import type { StoredFile } from './media-store.ts'

const kinds: Readonly<Record<string, MessageKind>> = {
  chat: 'text',
  image: 'image',
  video: 'video',
  audio: 'audio',
  ptt: 'voice',
  document: 'document',
  sticker: 'sticker',
  location: 'location',
  vcard: 'contact',
  poll_creation: 'poll',
}

/** The page's word for a kind of message. */
export function typeOf(kind: MessageKind): string {
  return Object.keys(kinds).find((it) => kinds[it] === kind) ?? 'unknown'
}

export function kindOf({ type }: MessageRecord): MessageKind {
  return kinds[type] ?? 'unknown'
}

/** The text that stands for a message: what people see of it. */
export function textOf(record: MessageRecord): string {
  switch (kindOf(record)) {
    case 'text':
      return record.body ?? ''
    case 'location': {
      const [name, address] = (record.loc ?? '').split('\n')
      const { lat = 0, lng = 0 } = record
      return cardText({
        kind: 'location',
        latitude: lat,
        longitude: lng,
        ...(name && { name }),
        ...(address && { address }),
      })
    }
    case 'contact':
      return cardText({ kind: 'contact', name: record.vcardFormattedName ?? '', phoneNumber: vcardNumber(record.body) })
    case 'poll': {
      const options = (record.pollOptions ?? []).map((it) => it.name)
      const multiple = record.pollSelectableOptionsCount === 0
      return cardText({ kind: 'poll', question: record.pollName ?? '', options, multiple })
    }
    default:
      return record.caption ?? ''
  }
}

export function hashOf(record: MessageRecord, file: StoredFile | undefined): string {
  return bodyHash(textOf(record), file && { sha256: mediaHash(file.data) })
}

export function vcardOf(name: string, number: string): string {
  const phone = `TEL;type=CELL;waid=${number}:+${number}`
  return ['BEGIN:VCARD', 'VERSION:3.0', `FN:${name}`, phone, 'END:VCARD'].join('\n')
}

function vcardNumber(vcard = ''): string {
  return /waid=(\d+)/.exec(vcard)?.[1] ?? /TEL[^:]*:\+?([\d ]+)/.exec(vcard)?.[1]?.replaceAll(' ', '') ?? ''
}
