import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CliIo, CommandClient } from '@waqtor/contracts'
import { systemPrincipal } from '@waqtor/kernel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ContactsKernel, contactsKernel } from '../fixtures/contacts-kernel.ts'
import { run } from './index.ts'

let directory: string
let test: ContactsKernel
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-contacts-cli-'))
  test = await contactsKernel(directory)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

async function contacts(argv: readonly string[], more: Partial<CliIo> = {}) {
  const printed: string[] = []
  const noted: string[] = []
  const client: CommandClient = {
    execute: (command, input, options) =>
      test.kernel.commands.execute(command, input, { ...options, principal: systemPrincipal, via: 'cli' }),
    async [Symbol.asyncDispose]() {},
  }
  const io: CliIo = {
    print: (line) => printed.push(line),
    note: (line) => noted.push(line),
    json: false,
    interactive: false,
    env: {},
    resolvePath: (path) => join(directory, path),
    dataDirectory: directory,
    signal: new AbortController().signal,
    connect: async () => client,
    ...more,
  }
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
    for (const argv of [['call'], ['show'], ['show', 'a', 'b'], ['add', '1', '--field', 'x'], ['list', '--wrong']])
      expect((await contacts(argv)).code).toBe(2)
    await expect(contacts(['show', '+201001234567'])).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })
})
