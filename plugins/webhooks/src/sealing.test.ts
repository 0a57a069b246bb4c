import { describe, expect, it } from 'vitest'
import { SecretBox } from './sealing.ts'

describe('SecretBox', () => {
  const box = new SecretBox(Buffer.alloc(32, 1))

  it('opens what it sealed, and only for the same owner', () => {
    const sealed = box.seal('whsec_مرحبا', 'whk_1')
    expect(sealed).not.toContain('whsec')
    expect(box.open(sealed, 'whk_1')).toBe('whsec_مرحبا')
    expect(box.open(sealed, 'whk_2')).toBeUndefined()
    expect(box.seal('a', 'whk_1')).not.toBe(box.seal('a', 'whk_1'))
    expect(box.open(box.seal('', 'whk_1'), 'whk_1')).toBe('')
  })

  it('does not open what was changed, cut short, or sealed with another key', () => {
    const sealed = Buffer.from(box.seal('secret', 'o'), 'base64')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(box.open(changed.toString('base64'), 'o')).toBeUndefined()
    }
    for (const length of [0, 5, 12, 20, sealed.length - 1])
      expect(box.open(sealed.subarray(0, length).toString('base64'), 'o')).toBeUndefined()
    expect(new SecretBox(Buffer.alloc(32, 2)).open(sealed.toString('base64'), 'o')).toBeUndefined()
  })
})
