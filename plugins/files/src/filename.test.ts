import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extensionOf, showableName } from './filename.ts'

describe('the name of a file', () => {
  it.each([
    ['people.csv', 'people.csv'],
    ['جهات الاتصال.csv', 'جهات الاتصال.csv'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\list.xlsx', 'list.xlsx'],
    ['a/..', 'file'],
    ['..', 'file'],
    ['.', 'file'],
    ['', 'file'],
    [' \t ', 'file'],
    ['a\r\nSet-Cookie: x.txt', 'aSet-Cookie: x.txt'],
    ['a\0.txt', 'a.txt'],
    ['evil\u202efdp.exe', 'evilfdp.exe'],
    ['say "hi".txt', 'say "hi".txt'],
    ['\ud800.txt', '\ufffd.txt'],
    ['.htaccess', '.htaccess'],
    ['a  \u00a0 b.txt', 'a b.txt'],
  ])('%j is shown as %j', (given, shown) => {
    expect(showableName(given)).toBe(shown)
  })

  it('is cut before its extension, between characters', () => {
    expect(showableName(`${'x'.repeat(300)}.csv`)).toBe(`${'x'.repeat(251)}.csv`)
    expect(showableName('x'.repeat(300))).toBe('x'.repeat(255))
    expect(showableName(`${'م'.repeat(300)}.csv`)).toBe(`${'م'.repeat(125)}.csv`)
    expect(showableName(`${'😀'.repeat(300)}.csv`)).toBe(`${'😀'.repeat(62)}.csv`)
    expect(showableName(`a.${'x'.repeat(300)}`)).toHaveLength(255)
  })

  it('B6: is never a path, never empty, never too long, and stays as it is when it is cleaned again', () => {
    const nasty = fc.constantFrom('/', '\\', '..', '.', '\0', '\r\n', '\u202e', '\u2066', ' ', '"', '%2f', '😀', '.csv')
    const name = fc.array(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 80 })), { maxLength: 12 })
    fc.assert(
      fc.property(name, (parts) => {
        const shown = showableName(parts.join(''))
        expect(shown).not.toMatch(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
        expect(shown).not.toMatch(/^\.*$/)
        expect(shown.isWellFormed()).toBe(true)
        expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(255)
        expect(showableName(shown)).toBe(shown)
      }),
    )
  })

  it('has an extension, or none', () => {
    expect(['a.CSV', 'a.tar.gz', 'a', 'a.', 'a.b c', '.json'].map(extensionOf)).toEqual([
      'csv',
      'gz',
      '',
      '',
      '',
      'json',
    ])
  })
})
