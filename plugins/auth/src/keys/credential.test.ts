import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestOf, drawCredential, idOf, keptDigest } from './credential.ts'

describe('a credential', () => {
  it('carries its id and 256 random bits', () => {
    const { id, text } = drawCredential()
    expect(text).toMatch(new RegExp(`^waq_${id}_[0-9a-f]{64}_[0-9a-f]{8}$`))
    expect(idOf('key', text)).toBe(id)
    expect(drawCredential().text).not.toBe(text)
  })

  it('is recognised as mistyped when any one character differs', () => {
    const { id, text } = drawCredential()
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0123456789abcdefGHXYZ_'), (index, character) => {
        fc.pre(text[index] !== character)
        expect(idOf('key', text.slice(0, index) + character + text.slice(index + 1))).not.toBe(id)
      }),
    )
  })

  it('is not read into other strings', () => {
    fc.assert(fc.property(fc.string(), (text) => idOf('key', text) === undefined))
    expect(idOf('key', `${drawCredential().text} `)).toBeUndefined()
  })

  it('gives the same digest however its bytes were decoded', () => {
    const text = 'مفتاح طويل بما يكفي لفتح الباب كله'
    expect(digestOf(Buffer.from(text).toString('latin1'), 'latin1')).toEqual(digestOf(text))
  })

  it('is kept by a digest that holds no more memory than itself', () => {
    const digest = digestOf('a credential')
    expect(keptDigest(digest.toString('hex'))).toEqual(digest)
    expect(keptDigest(digest.toString('hex')).buffer.byteLength).toBe(32)
  })
})
