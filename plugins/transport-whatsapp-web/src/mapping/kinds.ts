import { cardText, type MessageKind } from '@waqtor/contracts'
import type { RawMessage } from '../page/globals.ts'

const kinds: Readonly<Record<string, MessageKind>> = {
  chat: 'text',
  image: 'image',
  video: 'video',
  gif: 'video',
  audio: 'audio',
  ptt: 'voice',
  document: 'document',
  sticker: 'sticker',
  location: 'location',
  vcard: 'contact',
  multi_vcard: 'contact',
  poll_creation: 'poll',
  buttons_response: 'text',
  list_response: 'text',
  template_button_reply: 'text',
}

/** Notices of the page about a chat, which nobody wrote. */
const notices = new Set([
  'e2e_notification',
  'notification',
  'notification_template',
  'group_notification',
  'gp2',
  'broadcast_notification',
  'call_log',
  'protocol',
  'ciphertext',
  'debug',
  'reaction',
  'pinned_message',
])

export function kindOf(type: string): MessageKind {
  return kinds[type] ?? 'unknown'
}

/** Whether somebody wrote this, and it is still there. */
export function isWritten({ type, isNotification }: RawMessage): boolean {
  return !isNotification && !notices.has(type) && type !== 'revoked'
}

export function hasMedia(message: RawMessage): boolean {
  return Boolean(message.directPath)
}

/** The words of a message: the text, the caption of a file, or what stands for a location, a contact or a poll. */
export function textOf(message: RawMessage): string {
  if (hasMedia(message)) return message.caption ?? ''
  switch (kindOf(message.type)) {
    case 'location':
      return cardText({
        kind: 'location',
        latitude: message.lat ?? 0,
        longitude: message.lng ?? 0,
        name: message.loc ?? '',
      })
    case 'contact':
      return contactText(message)
    case 'poll':
      return cardText({
        kind: 'poll',
        question: message.pollName ?? '',
        options: (message.pollOptions ?? []).map((it) => it.name),
        multiple: false,
      })
    default:
      return message.body ?? message.caption ?? ''
  }
}

function contactText({ body, vcardList }: RawMessage): string {
  const cards = vcardList?.map((it) => it.vcard) ?? (body ? [body] : [])
  return cards
    .map((vcard) => {
      const { name, phoneNumber } = readVcard(vcard)
      return cardText({ kind: 'contact', name, phoneNumber })
    })
    .join('\n')
}

/** Name and number of a vCard, as WhatsApp writes them. */
export function readVcard(vcard: string): { readonly name: string; readonly phoneNumber: string } {
  const lines = vcard
    .replaceAll('\r\n', '\n')
    .replaceAll(/\n[ \t]/g, '')
    .split('\n')
  const name = lines.find((it) => /^FN[;:]/i.test(it))
  const phone = lines.find((it) => /^(item\d+\.)?TEL[;:]/i.test(it)) ?? ''
  return {
    name: unescapeVcard(name?.slice(name.indexOf(':') + 1) ?? ''),
    phoneNumber: /waid=(\d+)/i.exec(phone)?.[1] ?? phone.slice(phone.lastIndexOf(':') + 1).replaceAll(/\D/g, ''),
  }
}

/** A vCard for one number, with the address that lets WhatsApp offer a chat. */
export function writeVcard(name: string, phoneNumber: string): string {
  const safe = escapeVcard(name)
  return [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:;${safe};;;`,
    `FN:${safe}`,
    `TEL;type=CELL;type=VOICE;waid=${phoneNumber}:+${phoneNumber}`,
    'END:VCARD',
  ].join('\n')
}

function escapeVcard(text: string): string {
  return text.replaceAll(/[\\;,]/g, '\\$&').replaceAll(/\r\n|\r|\n/g, '\\n')
}

function unescapeVcard(text: string): string {
  return text.replaceAll(/\\([\\;,nN])/g, (_, it: string) => (it === 'n' || it === 'N' ? '\n' : it))
}
