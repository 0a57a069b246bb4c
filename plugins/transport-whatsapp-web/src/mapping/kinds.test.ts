import { cardText } from '@waqtor/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { raw } from '../testing/raw.ts'
import { isWritten, kindOf, readVcard, textOf, writeVcard } from './kinds.ts'

it('knows the kinds of the page', () => {
  expect(['chat', 'ptt', 'vcard', 'poll_creation', 'gif', 'something new'].map(kindOf)).toEqual([
    'text',
    'voice',
    'contact',
    'poll',
    'video',
    'unknown',
  ])
})

it('passes over what nobody wrote, and over what is gone', () => {
  for (const type of ['e2e_notification', 'gp2', 'ciphertext', 'protocol', 'call_log', 'revoked']) {
    expect(isWritten(raw({ type })), type).toBe(false)
  }
  expect(isWritten(raw({ type: 'chat', isNotification: true }))).toBe(false)
  expect(isWritten(raw({ type: 'product' }))).toBe(true)
})

describe('the words of a message', () => {
  it('are its text, or the caption of its file, not the thumbnail that stands in its body', () => {
    expect(textOf(raw({ body: 'hello' }))).toBe('hello')
    expect(textOf(raw({ type: 'image', body: '/9j/4AAQ', directPath: '/v/1', caption: 'look' }))).toBe('look')
    expect(textOf(raw({ type: 'image', body: '/9j/4AAQ', directPath: '/v/1' }))).toBe('')
  })

  it('are for cards those that whoever sends them computes', () => {
    const place = {
      kind: 'location',
      latitude: 30.0444,
      longitude: 31.2357,
      name: 'The shop',
      address: 'Tahrir 1',
    } as const
    const location = raw({ type: 'location', lat: place.latitude, lng: place.longitude, loc: 'The shop\nTahrir 1' })
    expect(textOf(location)).toBe(cardText(place))
    const contact = { kind: 'contact', name: 'Mona', phoneNumber: '201007654321' } as const
    expect(textOf(raw({ type: 'vcard', body: writeVcard(contact.name, contact.phoneNumber) }))).toBe(cardText(contact))
    const poll = { kind: 'poll', question: 'When?', options: ['Today', 'Tomorrow'], multiple: false } as const
    const options = poll.options.map((name, localId) => ({ name, localId }))
    expect(textOf(raw({ type: 'poll_creation', pollName: poll.question, pollOptions: options }))).toBe(cardText(poll))
  })

  it('are of several contacts all of them', () => {
    const vcardList = ['1', '2'].map((it) => ({ vcard: writeVcard(`Name ${it}`, `20100000000${it}`) }))
    expect(textOf(raw({ type: 'multi_vcard', vcardList }))).toBe('Name 1\n+201000000001\nName 2\n+201000000002')
  })
})

describe('a vCard', () => {
  it('is read as it is written, whatever the name', () => {
    const names = fc.string({ unit: 'binary' }).map((it) => it.replaceAll('\r', ''))
    const numbers = fc.stringMatching(/^[1-9]\d{6,14}$/)
    const property = fc.property(names, numbers, (name, phoneNumber) => {
      expect(readVcard(writeVcard(name, phoneNumber))).toEqual({ name, phoneNumber })
    })
    fc.assert(property)
  })

  it('is read as telephones write it', () => {
    const vcard =
      'BEGIN:VCARD\r\nVERSION:3.0\r\nFN;CHARSET=UTF-8:Mona\r\n  Ali\r\nitem1.TEL:+20 100 765 43 21\r\nEND:VCARD'
    expect(readVcard(vcard)).toEqual({ name: 'Mona Ali', phoneNumber: '201007654321' })
    expect(readVcard('')).toEqual({ name: '', phoneNumber: '' })
  })
})
