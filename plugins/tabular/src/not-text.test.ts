import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fileOf, wholeTable } from './fixtures/files.ts'

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), randomBytes(200)])

describe('a file that is no text', () => {
  it.each([
    ['an image', png, /the file is no text, it is a PNG image; people come as CSV, XLSX or JSON/],
    ['a document', Buffer.from('%PDF-1.7\nphone\n1\n'), /it is a PDF document/],
    ['a photo', Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF', 'latin1'), /it is a JPEG image/],
    ['a program', Buffer.from(`MZ\n${'a\0\0\x01'.repeat(50)}`), /it contains NUL characters/],
    ['anything packed', Buffer.from('ab\n\x01\x02\x03\0 c'), /it contains NUL characters/],
  ])('is refused when it is %s', async (_, bytes, message) => {
    for (const name of ['people.csv', 'people.json', 'people'])
      await expect(wholeTable(fileOf(bytes, name))).rejects.toMatchObject({ code: 'WAQ_TABLE_INVALID', message })
  })

  it('is not one with a stray NUL, which costs its own row', async () => {
    const { rows, rejected } = await wholeTable(fileOf('phone,name\n1,Mona\n2,O\0mar\n3,Sara\n'))
    expect(rows.map((it) => it.line)).toEqual([2, 4])
    expect(rejected.map((it) => it.line)).toEqual([3])
  })
})
