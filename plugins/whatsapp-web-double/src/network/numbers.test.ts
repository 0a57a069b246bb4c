import { describe, expect, it } from 'vitest'
import { canonical, isPlausible, lidOf, numberOf, stanzaOf } from './numbers.ts'

describe('numbers and addresses', () => {
  it('a hidden-number identity can be turned back, and looks like no number', () => {
    for (const number of ['12345', '201001234567', '999999999999999']) {
      expect(numberOf(lidOf(number))).toBe(number)
      expect(lidOf(number)).not.toContain(number)
    }
  })

  it('one person has one canonical address, whatever a page calls it', () => {
    const same = [
      '201001234567',
      '+201001234567',
      '201001234567@c.us',
      '201001234567@s.whatsapp.net',
      lidOf('201001234567'),
    ]
    expect(new Set(same.map(canonical))).toEqual(new Set(['201001234567@c.us']))
    expect(canonical('120363000000000001@g.us')).toBe('120363000000000001@g.us')
  })

  it('nobody can have a number that is too short, too long, or begins with 0', () => {
    expect(['12', '0123456', '1234567890123456', 'abc'].map(isPlausible)).toEqual([false, false, false, false])
    expect(numberOf('12@c.us')).toBeUndefined()
    expect(numberOf('123@lid')).toBeUndefined()
  })

  it('an id is the same under every address of the chat', () => {
    expect(stanzaOf('true_201001234567@c.us_3EB0AA')).toBe('3EB0AA')
    expect(stanzaOf('false_120363000000000001@g.us_3EB0AA_201001234567@c.us')).toBe('3EB0AA')
    expect(stanzaOf('3EB0AA')).toBe('3EB0AA')
  })
})
