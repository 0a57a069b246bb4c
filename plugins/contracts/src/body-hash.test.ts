import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyHash, mediaHash, normalizeBody } from './body-hash.ts'

describe('bodyHash', () => {
  it('is the SHA-256 of the text', () => {
    expect(bodyHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('does not see how line ends, accents and surrounding space are written', () => {
    expect(bodyHash('  cafe\u0301\r\nمرحبا\rend \n')).toBe(bodyHash('caf\u00e9\nمرحبا\nend'))
  })

  it('tells texts apart that a reader would tell apart', () => {
    expect(new Set(['a b', 'a  b', 'A b', 'a\nb', 'ab'].map((it) => bodyHash(it))).size).toBe(5)
  })

  it('sees the file as well as the caption', () => {
    const data = new Uint8Array([1, 2, 3])
    expect(bodyHash('x', { data })).toBe(bodyHash(' x', { sha256: mediaHash(data) }))
    expect(new Set([bodyHash('x'), bodyHash('x', { data }), bodyHash('x', { data: new Uint8Array([1]) })]).size).toBe(3)
  })

  it('is the same for a text that was normalised before', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(bodyHash(normalizeBody(text))).toBe(bodyHash(text))
      }),
    )
  })
})
