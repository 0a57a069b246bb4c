import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lidOf, parseAddress, stanzaOf } from './addresses.ts'

const number = fc.stringMatching(/^[1-9]\d{4,14}$/)

describe('addresses', () => {
  it('reads a number in any usual writing', () => {
    for (const text of ['+20 100 123-4567', '201001234567', '201001234567@c.us', '(20) 100.1234567']) {
      expect(parseAddress(text), text).toEqual({ chatId: '201001234567@c.us', isGroup: false, digits: '201001234567' })
    }
  })

  it('knows no number that nobody can have', () => {
    for (const text of [
      '1234',
      '0201001234567',
      '1234567890123456',
      'abc',
      '',
      '@c.us',
      '12a45@c.us',
      '+20x',
      '1@lid',
    ]) {
      expect(parseAddress(text), text).toBeUndefined()
    }
  })

  it('knows groups, but not every server', () => {
    expect(parseAddress('120363041234567890@g.us')).toMatchObject({ isGroup: true })
    expect(parseAddress('201001234567-1600000000@g.us')).toMatchObject({ isGroup: true })
    expect(parseAddress('x@g.us')).toBeUndefined()
    expect(parseAddress('201001234567@s.whatsapp.net')).toBeUndefined()
  })

  it('leads from the hidden number of every person back to the person', () => {
    fc.assert(
      fc.property(number, (digits) => {
        expect(lidOf(digits)).not.toContain(digits)
        expect(parseAddress(lidOf(digits))?.digits).toBe(digits)
      }),
    )
  })

  it('never throws, and answers canonical ids only', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d+\- ]{1,20}(@(c\.us|g\.us|lid))?$/)), (text) => {
        const chatId = parseAddress(text)?.chatId
        if (chatId !== undefined) expect(chatId).toMatch(/^[0-9-]{3,41}@(c\.us|g\.us)$/)
      }),
    )
  })

  it('takes the part of a message id that does not depend on the address', () => {
    expect(stanzaOf('true_201001234567@c.us_3EB0AA')).toBe('3EB0AA')
    expect(stanzaOf('true_7120@lid_3EB0AA')).toBe('3EB0AA')
    expect(stanzaOf('false_123@g.us_3EB0AA_201001234567@c.us')).toBe('3EB0AA')
    expect(stanzaOf('3EB0AA')).toBe('3EB0AA')
    expect(stanzaOf('true_odd')).toBe('true_odd')
  })
})
