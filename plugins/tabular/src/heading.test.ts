import { describe, expect, it } from 'vitest'
import { collect, fileOf, newPath, wholeTable } from './fixtures/files.ts'
import { namesWithoutHeading } from './heading.ts'
import { importRows } from './import-rows.ts'
import { previewTable } from './preview-table.ts'
import { writeRejected } from './write-rejected.ts'
import { writeTable } from './write-table.ts'

const numberOf = (i: number) => `2010${String(i).padStart(8, '0')}`
const people = async (path: string, options = {}) => {
  const [batch] = await collect(importRows(path, options))
  return batch!
}

describe('a file without a heading', () => {
  it.each([
    ['one number', `${numberOf(1)}`, [1]],
    ['two numbers', `${numberOf(1)}\n${numberOf(2)}\n`, [1, 2]],
    ['numbers as they are written', `\ufeff+20 (100) 000-0001\r\n٠٠٢٠١٠٠٠٠٠٠٠٠٢\r\n`, [1, 2]],
    ['chat ids', `\n${numberOf(1)}@c.us\n${numberOf(2)}@c.us`, [1, 2]],
    ['numbers made safe for a spreadsheet', `'+${numberOf(1)}\n'+${numberOf(2)}\n`, [1, 2]],
  ])('of %s loses nobody', async (_, text, numbers) => {
    const { columns, rows, rejected } = await people(fileOf(text))
    expect(columns).toEqual(['phone'])
    expect(rows.map((it) => it.chatId)).toEqual(numbers.map((it) => `${numberOf(it)}@c.us`))
    expect(rejected).toEqual([])
  })

  it('names the other columns by their places, and keeps the lines of the file', async () => {
    const path = fileOf(`Mona,${numberOf(1)},Cairo\nOmar,12,\nSara,${numberOf(2)}\n`)
    expect(await people(path, { mapping: { name: 'column 1' } })).toMatchObject({
      columns: ['column 1', 'phone', 'column 3'],
      rows: [{ line: 1, name: 'Mona', fields: { 'column 3': 'Cairo' } }],
      rejected: [{ line: 2 }, { line: 3, reason: 'the line has 2 fields, the first line has 3' }],
    })
    expect(await previewTable(path)).toMatchObject({ mapping: { phone: 'phone' }, rows: [{ line: 1 }] })
  })

  it('is one as a sheet, too', async () => {
    const path = newPath('people.xlsx')
    await writeTable(path, 'xlsx', [numberOf(1), 'Mona'], [[numberOf(2), 'Omar']])
    expect((await people(path)).rows).toMatchObject([{ line: 1 }, { line: 2 }])
  })

  it('says of a national number why it cannot be used, and takes it where the country is known', async () => {
    const path = fileOf('01001234005\n')
    expect(await people(path)).toMatchObject({
      rows: [],
      rejected: [{ line: 1, value: '01001234005', reason: expect.stringContaining('messages({ defaultCountry') }],
    })
    expect(await people(path, { defaultCountry: 'EG' })).toMatchObject({ rows: [{ chatId: '201001234005@c.us' }] })
  })

  it('asks which of two numbers it is', async () => {
    const path = fileOf(`${numberOf(1)},${numberOf(2)}\n`)
    await expect(people(path)).rejects.toThrow(
      "no column looks like phone numbers; the columns are 'column 1', 'column 2'",
    )
    expect(await people(path, { mapping: { phone: 'column 2' } })).toMatchObject({
      rows: [{ chatId: `${numberOf(2)}@c.us` }],
    })
  })

  it('gives back what cannot be used with a heading, so that it can be used again', async () => {
    const { columns, rejected } = await people(fileOf(`${numberOf(1)},Mona\n12,Omar\n`))
    const path = newPath()
    await writeRejected(path, columns, rejected)
    expect(await people(path)).toMatchObject({ columns: ['phone', 'column 2'], rejected: [{ raw: ['12', 'Omar'] }] })
  })
})

describe('a heading', () => {
  it.each([
    [['phone', '20260131'], []],
    [['name', '2026-01-31', '31/01/2026', '2026'], []],
    [['Mobile X', '20260131'], ['mobile x']],
    [['name', '123456'], []],
    [['a', ''], []],
  ])('is %j where %j is asked for', (cells, named) => {
    expect(namesWithoutHeading(cells, named)).toBeUndefined()
  })

  it('may be asked for by a name that looks like a number', async () => {
    const path = fileOf(`20260131,x\n${numberOf(1)},y\n`)
    expect(await people(path, { mapping: { phone: '20260131' } })).toMatchObject({ rows: [{ line: 2 }] })
  })

  it('is what the fields of JSON objects are called, whatever that is', async () => {
    const { table, rows } = await wholeTable(fileOf(`{"${numberOf(1)}":"${numberOf(2)}"}`, 'people.json'))
    expect(table.columns).toEqual([numberOf(1)])
    expect(rows).toHaveLength(1)
  })
})
