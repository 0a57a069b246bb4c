import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detectEncoding, type Encoding, readText, Utf8Check } from './encoding.ts'
import { collect, fileOf, wholeTable } from './fixtures/files.ts'

const text = 'phone,الاسم\n201001234567,منى 😀\n'
const arabic1256 = Buffer.from([...Buffer.from('phone,'), 0xc7, 0xe1, 0xc7, 0xd3, 0xe3, ...Buffer.from('\n2010,x')])
const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')

describe('detectEncoding', () => {
  it.each<[string, Uint8Array, Encoding]>([
    ['UTF-8', Buffer.from(text), 'utf-8'],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`), 'utf-8'],
    ['UTF-16 LE', utf16, 'utf-16le'],
    ['UTF-16 BE', Buffer.from(utf16).swap16(), 'utf-16be'],
    ['Windows-1256', arabic1256, 'windows-1256'],
    ['a character cut off at the end', Buffer.from('phone\n😀').subarray(0, -1), 'windows-1256'],
    ['nothing', Buffer.alloc(0), 'utf-8'],
  ])('knows %s', async (_, bytes, encoding) => {
    expect(await detectEncoding(fileOf(bytes))).toBe(encoding)
  })

  it('looks at the whole file: what is no UTF-8 may stand at its end', async () => {
    const bytes = Buffer.concat([Buffer.from('phone,name\n2010,x\n'.repeat(40_000)), arabic1256])
    expect(await detectEncoding(fileOf(bytes))).toBe('windows-1256')
  })
})

describe('readText', () => {
  it.each<[Encoding, Uint8Array]>([
    ['utf-8', Buffer.from(`\ufeff${text}`)],
    ['utf-16le', utf16],
    ['utf-16be', Buffer.from(utf16).swap16()],
  ])('reads %s without its mark', async (encoding, bytes) => {
    expect((await collect(readText(fileOf(bytes), encoding))).join('')).toBe(text)
  })

  it('puts characters together that lie over the end of a piece', async () => {
    const long = `x${'ض😀'.repeat(100_000)}`
    expect((await collect(readText(fileOf(long), 'utf-8'))).join('')).toBe(long)
  })
})

describe('Utf8Check', () => {
  const accepts = (pieces: readonly Uint8Array[]) => {
    const check = new Utf8Check()
    return pieces.every((it) => check.accepts(it)) && check.complete
  }

  it('accepts a text cut anywhere', () => {
    const bytes = Buffer.from(text)
    for (let i = 0; i <= bytes.length; i++)
      for (let j = i; j <= bytes.length; j++)
        expect(accepts([bytes.subarray(0, i), bytes.subarray(i, j), bytes.subarray(j)])).toBe(true)
  })

  it('says of any bytes, cut anywhere, what a strict decoder says', () => {
    const byte = fc.oneof(
      fc.constantFrom(0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xff),
      fc.nat(255),
    )
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), fc.nat(12), fc.nat(12), (list, a, b) => {
        const bytes = Uint8Array.from(list)
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const strict = () => {
          try {
            new TextDecoder('utf-8', { fatal: true }).decode(bytes)
            return true
          } catch {
            return false
          }
        }
        expect(accepts([bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)])).toBe(strict())
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('B8: a table in any encoding', () => {
  it.each<[Encoding, Uint8Array]>([
    ['utf-8', Buffer.from(text)],
    ['utf-16le', utf16],
    ['utf-16be', Buffer.from(utf16).swap16()],
  ])('is read from %s', async (encoding, bytes) => {
    const { table, rows } = await wholeTable(fileOf(bytes))
    expect(table).toMatchObject({ encoding, columns: ['phone', 'الاسم'] })
    expect(rows).toEqual([{ line: 2, values: ['201001234567', 'منى 😀'] }])
  })

  it('is read as it is told', async () => {
    const { table } = await wholeTable(fileOf(arabic1256), { encoding: 'windows-1256' })
    expect(table.columns).toEqual(['phone', 'الاسم'])
    const damaged = await wholeTable(fileOf(Buffer.from([...Buffer.from('phone,n\n1,a\n2,'), 0xc7, 0x0a])), {
      encoding: 'utf-8',
    })
    expect(damaged).toMatchObject({ rows: [{ line: 2 }], rejected: [{ line: 3, reason: /cannot be read/ }] })
  })
})
