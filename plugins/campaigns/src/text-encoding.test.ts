import { describe, expect, it } from 'vitest'
import { decodeText } from './text-encoding.ts'

describe('decodeText', () => {
  const text = 'phone,الاسم'
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 LE', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 BE', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['Windows-1256', Buffer.from([...Buffer.from('phone,'), 0xc7, 0xe1, 0xc7, 0xd3, 0xe3])],
  ])('reads %s', (_, bytes) => {
    expect(decodeText(bytes)).toBe(text)
  })
})
