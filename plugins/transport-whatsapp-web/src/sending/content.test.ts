import { expect, it } from 'vitest'
import type { Library } from '../library/library.ts'
import { readVcard } from '../mapping/kinds.ts'
import { checkContent, toContent } from './content.ts'

const chatId = '201001234567@c.us'
const made = (name: string) =>
  class {
    readonly name = name
    readonly args: unknown[]
    constructor(...args: unknown[]) {
      this.args = args
    }
  }
const library = { MessageMedia: made('media'), Location: made('location'), Poll: made('poll') } as unknown as Library

it('disturbs no more of the page than it must', () => {
  expect(toContent({ chatId, body: 'hello' }, library, undefined)).toEqual({
    content: 'hello',
    options: { sendSeen: false, linkPreview: false, parseVCards: false },
  })
  expect(toContent({ chatId, body: 'x', linkPreview: true }, library, undefined).options.linkPreview).toBe(true)
})

it('never drops a quote silently', () => {
  const { options } = toContent({ chatId, body: 'x', mentionedIds: [chatId] }, library, 'false_x_1')
  expect(options).toMatchObject({ quotedMessageId: 'false_x_1', ignoreQuoteErrors: false, mentions: [chatId] })
})

it.each([
  ['image', {}],
  ['voice', { sendAudioAsVoice: true }],
  ['sticker', { sendMediaAsSticker: true }],
  ['document', { sendMediaAsDocument: true }],
] as const)('hands over a file: %s', (kind, expected) => {
  // A view into a larger buffer: only its own bytes count.
  const data = new Uint8Array([0, 1, 2, 3, 0]).subarray(1, 4)
  const media = { kind, mimeType: 'x/y', data, filename: 'f' }
  const { content, options } = toContent({ chatId, body: 'look', media }, library, undefined)
  expect(content).toMatchObject({ args: ['x/y', 'AQID', 'f'] })
  expect(options).toMatchObject({ caption: 'look', ...expected })
})

it('hands over cards', () => {
  const location = { kind: 'location', latitude: 1, longitude: 2, name: 'n' } as const
  expect(toContent({ chatId, body: '', card: location }, library, undefined).content).toMatchObject({
    args: [1, 2, { name: 'n' }],
  })
  const poll = { kind: 'poll', question: 'q', options: ['a', 'b'], multiple: true } as const
  const expected = { args: ['q', ['a', 'b'], { allowMultipleAnswers: true }] }
  expect(toContent({ chatId, body: '', card: poll }, library, undefined).content).toMatchObject(expected)
  const contact = { kind: 'contact', name: 'Mona', phoneNumber: '201007654321' } as const
  const { content, options } = toContent({ chatId, body: '', card: contact }, library, undefined)
  expect(readVcard(String(content))).toEqual({ name: 'Mona', phoneNumber: '201007654321' })
  expect(options.parseVCards).toBe(true)
})

it('does not take a text that looks like a contact for one', () => {
  expect(toContent({ chatId, body: 'BEGIN:VCARD' }, library, undefined).options.parseVCards).toBe(false)
})

it('refuses what is too long or too large', () => {
  const limits = { textLength: 5, mediaBytes: 2 }
  const media = { kind: 'image', mimeType: 'x/y', data: new Uint8Array(3) } as const
  expect(() => checkContent({ chatId, body: 'longer' }, limits)).toThrow(/no text of more than 5/)
  expect(() => checkContent({ chatId, body: '', media }, limits)).toThrow(/limits\.mediaBytes/)
  checkContent({ chatId, body: 'short', media: { ...media, data: new Uint8Array(2) } }, limits)
})
