import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentTypeOf, HEAD_BYTES } from './content-type.ts'

const PNG = Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex')
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

describe('what a file is', () => {
  it.each<[string, string | Buffer, string]>([
    ['a.csv', 'phone,name\n', 'text/csv'],
    ['A.CSV', 'phone,name\n', 'text/csv'],
    ['a.json', '{}', 'application/json'],
    ['a.txt', 'x', 'text/plain'],
    ['a.csv', '', 'text/csv'],
    ['a.exe', 'x', 'application/octet-stream'],
    ['a', '', 'application/octet-stream'],
    ['a.constructor', 'x', 'application/octet-stream'],
    // The bytes win over the name.
    ['a.csv', PNG, 'image/png'],
    ['a.png', 'no picture', 'application/octet-stream'],
    ['a.html', '<html><script>', 'application/octet-stream'],
    ['a', '%PDF-1.7', 'application/pdf'],
    // What only looks like a signature.
    ['cars.csv', 'BMW,phone\n', 'text/csv'],
    ['cars.bin', 'BMW,phone\n'.repeat(20), 'image/bmp'],
    // Other encodings.
    ['a.csv', Buffer.from('\ufeffphone\n', 'utf16le'), 'text/csv'],
    ['a.csv', Buffer.from([0xc7, 0xe1, 0x2c, 0xc7, 0x0a]), 'text/csv'],
    ['a.csv', Buffer.concat([Buffer.from('x'.repeat(100)), Buffer.from('م').subarray(0, 1)]), 'text/csv'],
    ['a.xlsx', 'PK\x03\x04', XLSX],
    ['a.zip', 'PK\x03\x04', 'application/zip'],
    ['a.xlsx', 'x', 'application/octet-stream'],
  ])('is told for %s', async (name, head, type) => {
    expect(await contentTypeOf(Buffer.from(head), name)).toBe(type)
  })

  it('is told of anything, and is a content type', async () => {
    const magic = fc.constantFrom(
      'PK\x03\x04',
      'RIFF',
      '\x89PNG\r\n\x1a\n',
      'ID3',
      '\x1f\x8b',
      'OggS',
      '\x00\x00\x00\x18ftyp',
      '%PDF',
      '',
    )
    await fc.assert(
      fc.asyncProperty(magic, fc.uint8Array({ maxLength: 300 }), async (begin, rest) => {
        const head = Buffer.concat([Buffer.from(begin, 'latin1'), rest]).subarray(0, HEAD_BYTES)
        expect(await contentTypeOf(head, 'a.bin')).toMatch(/^[a-z]+\/[\w.+-]+(; ?[\w=.-]+)*$/)
      }),
      { numRuns: 300 },
    )
  })
})
