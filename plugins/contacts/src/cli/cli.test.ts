import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CliIo, CommandClient } from '@waqtor/contracts'
import { testCli } from '@waqtor/contracts/testing'
import { listFiles } from '@waqtor/plugin-files/contract'
import { writeTable } from '@waqtor/tabular'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listContacts } from '../contract.ts'
import { type TransferKernel, transferKernel } from '../fixtures/transfer-kernel.ts'
import { run } from './index.ts'

let directory: string
let test: TransferKernel
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-contacts-cli-'))
  test = await transferKernel(directory)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

async function contacts(argv: readonly string[], more: Partial<CliIo> = {}) {
  const resolvePath = (path: string) => join(directory, path)
  const { io, printed, noted } = testCli(test.kernel, {
    dataDirectory: directory,
    resolvePath,
    connect: async () => test.client,
    ...more,
  })
  return { code: await run(argv, io), printed, noted }
}

describe('waqtor contacts', () => {
  it('adds, lists and shows people', async () => {
    const add = ['add', '+201001234567', '--name', 'Mona', '--tag', 'vip', '--tag', 'new', '--field', 'city=Cairo']
    expect((await contacts(add)).printed).toEqual(['+201001234567     Mona  #new  #vip'])
    await test.write(['201001234567@c.us', 'stop'])
    expect((await contacts(['list', '--search', 'mona'])).printed).toEqual([
      '+201001234567     Mona  #new  #vip  opted out',
    ])
    expect((await contacts(['list', '--tag', 'none'])).printed[0]).toContain('nobody yet')
    const { printed } = await contacts(['show', '00201001234567'])
    expect(printed).toContain('city        Cairo')
    expect(printed.some((it) => /^wrote {7}20\d\d-/.test(it))).toBe(true)
    const [json = ''] = (await contacts(['show', '+201001234567'], { json: true })).printed
    expect(JSON.parse(json)).toMatchObject({ name: 'Mona', fields: { city: 'Cairo' } })
  })

  it('says when there are more', async () => {
    for (const phone of ['+201001234567', '+201001234568']) await contacts(['add', phone])
    expect((await contacts(['list', '--limit', '1'])).noted).toEqual(['there are more; --limit shows up to 500'])
  })

  it('lists who opted out', async () => {
    expect((await contacts(['opt-outs'])).printed).toEqual(['nobody has opted out'])
    await test.write(['201001234567@c.us', 'stop'])
    expect((await contacts(['opt-outs'])).printed).toEqual([expect.stringMatching(/201001234567@c.us +message$/)])
    const [json = ''] = (await contacts(['opt-outs'], { json: true })).printed
    expect(JSON.parse(json)).toHaveLength(1)
  })

  it('says how it is used, and what is wrong', async () => {
    expect((await contacts([])).code).toBe(0)
    expect((await contacts(['import', '--help'])).printed[0]).toContain('waqtor contacts import <file>')
    for (const argv of [
      ['call'],
      ['show'],
      ['show', 'a', 'b'],
      ['add', '1', '--field', 'x'],
      ['list', '--wrong'],
      ['import', 'none.csv'],
      ['export', 'x'],
      ['export', '--out', 'people.pdf'],
      ['export', '--out', 'nowhere/people.csv'],
    ])
      expect((await contacts(argv)).code).toBe(2)
    await expect(contacts(['show', '+201001234567'])).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })
})

describe('waqtor contacts import and export', () => {
  const csv = 'name,number,city\nMona,201001234567,Cairo\nNobody,12,\nOmar,201001234568\nMona,201001234567,\n'
  const lying = async () => (await test.run(listFiles, {})).items
  const names = async () => (await test.run(listContacts, {})).items.map((it) => it.name).toReversed()
  beforeEach(() => writeFile(join(directory, 'people.csv'), csv))

  it('take people in, and leave what cannot be used in a file that can be corrected and imported', async () => {
    const consent = ['--consent', 'I agree', '--consent-source', 'shop']
    const { code, printed, noted } = await contacts(['import', 'people.csv', '--tag', 'spring', ...consent])
    expect(code).toBe(0)
    expect(printed).toEqual(['1 new, 0 changed, 0 as they were, 1 duplicates folded, 2 lines that cannot be used'])
    expect(noted[0]).toContain('line 3: 12: ')
    expect(noted[1]).toContain('line 4: Omar,201001234568: the line has 2 fields')
    expect(noted[2]).toContain('people.errors.csv')
    const { items } = await test.run(listContacts, {})
    expect(items).toMatchObject([{ name: 'Mona', tags: ['spring'], consent: { text: 'I agree', source: 'shop' } }])

    const errors = await readFile(join(directory, 'people.errors.csv'), 'utf8')
    await writeFile(join(directory, 'people.errors.csv'), errors.replace(',12,', ',201001234569,'))
    expect((await contacts(['import', 'people.errors.csv'])).printed[0]).toContain('2 new')
    expect(await names()).toEqual(['Mona', 'Nobody', 'Omar'])
    expect(await lying()).toEqual([])
  })

  it('leave corrections alone: what is wrong the next time goes into a file of its own', async () => {
    const mine = 'corrected by hand'
    await writeFile(join(directory, 'people.errors.csv'), mine)
    for (const next of ['people.errors-2.csv', 'people.errors-3.csv']) {
      const { noted } = await contacts(['import', 'people.csv'])
      expect(noted.at(-1)).toContain(join(directory, next))
      expect(await readFile(join(directory, next), 'utf8')).toContain('Nobody,12')
    }
    const { noted } = await contacts(['import', 'people.errors-2.csv'])
    expect(noted.at(-1)).toContain(join(directory, 'people.errors-4.csv'))
    expect(await readFile(join(directory, 'people.errors.csv'), 'utf8')).toBe(mine)
  })

  it('leave no empty file behind when the errors cannot be fetched', async () => {
    const connect = async (): Promise<CommandClient> => ({
      ...test.client,
      execute: (command, input, options) => {
        if (command === 'files.read') throw new Error('broken off')
        return test.client.execute(command, input, options)
      },
    })
    await expect(contacts(['import', 'people.csv'], { connect })).rejects.toThrow('broken off')
    expect((await readdir(directory)).filter((it) => it.includes('errors'))).toEqual([])
  })

  it('read a file as they are told', async () => {
    const name = Buffer.from([0xe3, 0xe4, 0xec])
    const told = Buffer.concat([Buffer.from('name|number|a;b;c;d\n'), name, Buffer.from('|201001234567|\n')])
    await writeFile(join(directory, 'told.csv'), told)
    expect((await contacts(['import', 'told.csv', '--delimiter', '|', '--encoding', 'windows-1256'])).code).toBe(0)
    await writeFile(join(directory, 'tabs.csv'), 'name\tnumber\ta,b,c,d\nOmar\t201001234568\t\n')
    expect((await contacts(['import', 'tabs.csv', '--delimiter', 'tab'])).code).toBe(0)
    expect(await names()).toEqual(['منى', 'Omar'])
    await expect(contacts(['import', 'tabs.csv', '--encoding', 'latin'])).rejects.toMatchObject({
      code: 'WAQ_INPUT_INVALID',
    })

    await writeTable(join(directory, 'sheet.xlsx'), 'xlsx', ['phone'], [['201001234569']])
    const [preview = ''] = (await contacts(['import', 'sheet.xlsx', '--preview'])).printed
    const sheet = /sheet '(.+?)'/.exec(preview)?.[1] ?? ''
    expect((await contacts(['import', 'sheet.xlsx', '--sheet', sheet])).printed[0]).toContain('1 new')
    await expect(contacts(['import', 'sheet.xlsx', '--sheet', 'none'])).rejects.toThrow("'none'")
  })

  it('show first what they would do, and leave no file behind', async () => {
    const { code, printed, noted } = await contacts(['import', 'people.csv', '--preview'])
    expect(code).toBe(0)
    expect(printed).toEqual([
      'csv, utf-8; columns: name, number, city',
      '  phone: number',
      '  name: name',
      '  line 2: 201001234567@c.us Mona',
      'it would be 1 new, 0 changed, 0 as they were, 1 duplicates folded, 2 lines that cannot be used',
    ])
    expect(noted).toHaveLength(2)
    expect(await readdir(directory)).not.toContain('people.errors.csv')
    expect(await names()).toEqual([])
    expect(await lying()).toEqual([])
  })

  it('ask which column holds the numbers where nobody knows', async () => {
    await writeFile(join(directory, 'people.csv'), 'a,b\nMona,201001234567\n')
    const { code, printed } = await contacts(['import', 'people.csv', '--preview'])
    expect(code).toBe(1)
    expect(printed.at(-1)).toContain('--phone-column')
    const more = ['--phone-column', 'b', '--name-column', 'A', '--on-duplicate', 'skip', '--audience']
    const { audienceId } = (await test.client.execute('audiences.create', { name: 'x' })) as { audienceId: string }
    const { printed: json } = await contacts(['import', 'people.csv', ...more, audienceId], { json: true })
    expect(JSON.parse(json[0]!)).toMatchObject({ created: 1, rejectedCount: 0 })
    expect(await names()).toEqual(['Mona'])
  })

  it('leave nothing behind when they are broken off', async () => {
    await expect(contacts(['import', 'people.csv'], { signal: AbortSignal.abort() })).rejects.toThrow()
    expect(await lying()).toEqual([])
  })

  it('write everybody into a file of the kind that its name says', async () => {
    await contacts(['import', 'people.csv'])
    expect((await contacts(['export'])).printed).toEqual([`1 contacts: ${join(directory, 'contacts.csv')}`])
    const [json = ''] = (await contacts(['export', '--out', 'Mine.XLSX'], { json: true })).printed
    expect(JSON.parse(json)).toMatchObject({ contacts: 1, path: join(directory, 'Mine.XLSX') })
    expect((await readFile(join(directory, 'contacts.csv'), 'utf8')).split('\r\n')[1]).toContain("'+201001234567,Mona")
    expect((await readFile(join(directory, 'Mine.XLSX'))).subarray(0, 2).toString()).toBe('PK')
    await contacts(['export', '--out', 'people.list', '--format', 'csv'])
    expect(await readFile(join(directory, 'people.list'), 'utf8')).toContain('Mona')
    expect(await lying()).toEqual([])
    expect((await readdir(directory)).filter((it) => it.endsWith('.part'))).toEqual([])
  })
})
