import { describe, expect, it } from 'vitest'
import { MASK, withoutSecrets } from './secrets.ts'

describe('a text without its secrets', () => {
  const key = `waq_${'0123456789ABCDEFGHJKMNPQRS'}_${'0123456789abcdef'.repeat(4)}`

  it('has no API key of ours in it, whole or without its last characters', () => {
    expect(withoutSecrets(`'${key}_1a2b3c4d' and ${key.slice(0, -10)} are wrong`)).toBe(
      `'${MASK}_1a2b3c4d' and ${MASK} are wrong`,
    )
  })

  it('has none of those in it that are known', () => {
    expect(withoutSecrets('a.b.c.d.e a.b.c.d.e axb.c.d.e', ['a.b.c.d.e', '', undefined])).toBe(
      `${MASK} ${MASK} axb.c.d.e`,
    )
  })

  it('is otherwise what it was', () => {
    expect(withoutSecrets('a text', ['a', 'text'])).toBe('a text')
    for (const text of ['', 'waq_', "plugin 'mail' failed: 500", 'key_01HZX']) expect(withoutSecrets(text)).toBe(text)
  })
})
