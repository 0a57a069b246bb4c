import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, EventLog } from '@waqtor/contracts'
import { recordingLogger } from '@waqtor/kernel/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as contract from '../contract.ts'
import { type AccountsKernel, accountsKernel } from '../fixtures/accounts.ts'
import { Choices, hashed } from './choices.ts'
import { Everywhere } from './everywhere.ts'
import { RecentOptOuts } from './recent.ts'
import { endOptOuts, insertOptOuts, insertSharedOptOuts } from './store.ts'

let directory: string
let test: AccountsKernel
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-everywhere-'))
  test = await accountsKernel(directory)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const mona = '201001234567@c.us'
const omar = '201001234568@c.us'
const list = async (instance: string) => (await test.run(contract.listOptOuts, { instance })).items
const known = (instance: string, chats: readonly string[]) =>
  vi.waitFor(async () => expect((await list(instance)).map((it) => it.chatId).sort()).toEqual([...chats].sort()), {
    interval: 10,
  })
const said = (type: string, instance: string) =>
  test.events.filter((it) => it.type === type && it.instance === instance).map((it) => it.data)

describe('an opt-out that holds everywhere', () => {
  it('comes to every account, new ones included', async () => {
    await test.open('default')
    await test.open('shop')
    const { contactId } = await test.run(contract.createContact, { instance: 'shop', phone: mona })
    await test.write('default', mona, 'STOP')
    await test.run(contract.addOptOuts, { instance: 'shop', numbers: [omar] })
    await known('shop', [mona, omar])
    await known('default', [mona, omar])
    await test.open('new')
    await known('new', [mona, omar])

    expect((await list('shop')).find((it) => it.chatId === mona)).toMatchObject({ contactId, via: 'everywhere' })
    await vi.waitFor(() =>
      expect(said('contact.opted-out', 'shop')).toContainEqual({ contactId, chatId: mona, via: 'everywhere' }),
    )
  })

  it('is passed on by the account where it was said, and by no other', async () => {
    const database = test.service(Database)
    const choices = new Choices(test.service(EventLog), new RecentOptOuts())
    const reader = new Everywhere({ database, choices, log: recordingLogger(), retryMs: 1 })
    const host = await database.open('host')
    const heard = async (via: contract.Via) => {
      const event = { type: 'contact.opted-out', data: { contactId: null, chatId: mona, via } }
      const envelope = { ...event, id: 'evt_1', instance: 'shop', time: '2026-01-01T00:00:00.000Z', sequence: 1 }
      await host.write((tx) => reader.handle(tx, 'shop:1', [envelope]))
      return host.all('SELECT id, chat_id FROM opt_outs_shared')
    }
    expect(await heard('everywhere')).toEqual([])
    expect(await heard('message')).toEqual([{ id: 1, chat_id: mona }])
    expect(await heard('request')).toEqual([{ id: 2, chat_id: mona }])
  })

  it('ends where the person opts in, and comes again when it is said again', async () => {
    await test.open('default')
    await test.open('shop')
    await test.write('default', mona, 'STOP')
    await known('shop', [mona])
    await test.write('shop', mona, 'START')
    await known('shop', [])
    expect((await list('default')).map((it) => it.chatId)).toEqual([mona])
    await test.write('default', mona, 'START')
    await test.write('default', mona, 'STOP')
    await known('shop', [mona])
  })

  it('is not lost when the process ends before it was taken over', async () => {
    await test.open('default')
    await test.write('default', mona, 'STOP')
    await test[Symbol.asyncDispose]()
    test = await accountsKernel(directory)
    await test.open('default')
    await test.open('shop')
    await known('shop', [mona])
    await test[Symbol.asyncDispose]()
    test = await accountsKernel(directory)
    await test.open('shop')
    expect((await list('shop')).map((it) => it.chatId)).toEqual([mona])
  })

  it('is not taken over where the person opted in after it', async () => {
    await test.open('shop')
    const file = await test.service(Database).open('shop')
    const [chat] = hashed([mona])
    const shared = (at: number) => file.write((tx) => insertSharedOptOuts(tx, [{ ...chat!, at }]))
    await file.write((tx) => insertOptOuts(tx, [chat!], { via: 'message', at: 10 }))
    expect(await shared(15)).toEqual([])
    await file.write((tx) => endOptOuts(tx, [chat!.hash], 20))
    expect(await shared(15)).toEqual([])
    expect(await list('shop')).toEqual([])
    expect(await shared(25)).toMatchObject([{ chat_id: mona, at: 25, via: 'everywhere', ended_at: null }])
  })

  it('is shared although it was said before opt-outs were, and is in no log any more', async () => {
    await test[Symbol.asyncDispose]()
    test = await accountsKernel(directory, 'instance')
    await test.open('default')
    await test.write('default', mona, 'STOP')
    await (await test.service(Database).open('default')).write((tx) => tx.run('DELETE FROM events'))
    await test[Symbol.asyncDispose]()
    test = await accountsKernel(directory)
    await test.open('shop')
    expect(await list('shop')).toEqual([])
    await test.open('default')
    await known('shop', [mona])
  })

  it('waits for a file that cannot be written, and comes when it can', async () => {
    await test.open('default')
    await test.open('shop')
    const file = await test.service(Database).open('shop')
    await file.write((tx) => tx.run('ALTER TABLE opt_outs RENAME TO away'))
    await test.write('default', mona, 'STOP')
    await vi.waitFor(() => expect(test.lines.some((it) => it.message.includes('cannot be taken over yet'))).toBe(true))
    await file.write((tx) => tx.run('ALTER TABLE away RENAME TO opt_outs'))
    await test.write('default', omar, 'STOP')
    await known('shop', [mona, omar])
  })

  it('loses the number where the person is erased', async () => {
    await test.open('default')
    await test.open('shop')
    await test.write('default', mona, 'STOP')
    await known('shop', [mona])
    await test.run(contract.erasePerson, { contactId: mona })
    const host = await test.service(Database).open('host')
    expect(await host.all('SELECT chat_id FROM opt_outs_shared')).toEqual([{ chat_id: null }])
    await test.open('new')
    expect(await list('new')).toEqual([expect.objectContaining({ chatId: null, via: 'everywhere' })])
    await test.run(contract.createContact, { instance: 'new', phone: mona })
    expect((await test.run(contract.getContact, { instance: 'new', contactId: mona })).optedOutAt).not.toBeNull()
  })
})
