import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { requireChatId, toChatId } from './chat-id.ts'

describe('toChatId', () => {
  it.each([
    ['+20 100 123 4567', '201001234567@c.us'],
    ['0020 100 123 4567', '201001234567@c.us'],
    ['201001234567', '201001234567@c.us'],
    ['+98 (912) 345-6789', '989123456789@c.us'],
    ['٠٠٢٠١٠٠١٢٣٤٥٦٧', '201001234567@c.us'],
    ['۰۰۹۸۹۱۲۳۴۵۶۷۸۹', '989123456789@c.us'],
    ['\u200e+966 50 123 4567\u202c', '966501234567@c.us'],
    ['201001234567@c.us', '201001234567@c.us'],
    ['12036304@g.us', '12036304@g.us'],
    ['98123@lid', '98123@lid'],
  ])('reads %s', (written, expected) => {
    expect(toChatId(written)).toBe(expected)
  })

  it('reads a national number when the country is known', () => {
    expect(toChatId('0100 123 4567', 'EG')).toBe('201001234567@c.us')
    expect(toChatId('+966501234567', 'EG')).toBe('966501234567@c.us')
    expect(toChatId('0020 100 123 4567', 'US')).toBe('201001234567@c.us')
    expect(toChatId('201001234567', 'EG')).toBe('201001234567@c.us')
  })

  it.each(['', 'Mona', '12', '201001234567@c.uk', 'mailto:a@b', '+999999'])('refuses %j', (written) => {
    expect(toChatId(written)).toBeUndefined()
    expect(() => requireChatId(written)).toThrow(/neither a chat id nor a phone number/)
  })

  it.each(['01001234005', '0100 123 4005', '٠١٠٠١٢٣٤٠٠٥'])(
    'names the setting that would make a number of %j',
    (written) => {
      expect(() => requireChatId(written)).toThrow("messages({ defaultCountry: 'EG' })")
      expect(toChatId(written, 'EG')).toBe('201001234005@c.us')
    },
  )

  it('names no setting where one is there, or would not help', () => {
    expect(() => requireChatId('0100', 'EG')).toThrow(/country code$/)
    for (const written of ['12', 'Mona', '+999999', '0099999999', '201001234567@c.uk'])
      expect(() => requireChatId(written)).toThrow(/country code$/)
  })

  it('answers a canonical id or nothing, whatever is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const id = toChatId(text)
        expect(id === undefined || /^[0-9-]{3,40}@(c\.us|g\.us|lid)$/.test(id)).toBe(true)
        if (id) expect(toChatId(id)).toBe(id)
      }),
    )
  })
})
