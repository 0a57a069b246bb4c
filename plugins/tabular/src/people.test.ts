import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileOf, wholeTable } from './fixtures/files.ts'
import { mapColumns } from './mapping.ts'
import { People } from './people.ts'

const numberOf = (i: number) => `2010${String(i).padStart(8, '0')}`

describe('People', () => {
  it('takes every person of any file once, from the first line', async () => {
    const person = fc.tuple(fc.nat(30), fc.string({ unit: fc.constantFrom('a', 'ب', ',', '"', '\n', "'", '=') }))
    await fc.assert(
      fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 30 }), async (people) => {
        const written = people.map(([i, name]) => `${numberOf(i)},"${name.replaceAll('"', '""')}x"`)
        const batch = await wholeTable(fileOf(`phone,name\n${written.join('\n')}\n`))
        const { columns } = batch.table
        const read = new People(columns, mapColumns(columns), undefined).read(batch)
        const wanted = new Set(people.map(([i]) => `${numberOf(i)}@c.us`))
        expect(read.rejected).toEqual([])
        expect(read.rows.map((it) => it.chatId)).toEqual([...wanted])
        expect(read.rows.length + read.duplicates.length).toBe(people.length)
        for (const { chatId, line } of read.duplicates)
          expect(line).toBeGreaterThan(read.rows.find((it) => it.chatId === chatId)!.line)
      }),
    )
  })
})
