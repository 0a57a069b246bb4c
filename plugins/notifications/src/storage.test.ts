import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, EventLog, StorageChanged } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { type TestKernel, testKernel } from '@waqtor/kernel/testing'
import events from '@waqtor/plugin-events'
import { createSqliteDatabase } from '@waqtor/sqlite-engine'
import SQLite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listNotifications } from './contract.ts'
import { admin, eventually, seller } from './fixtures/notify-kernel.ts'
import notifications from './index.ts'

/** More than a file may hold. */
const TOO_MUCH = 4_000_000

const small = definePlugin({
  name: 'storage-small',
  config: z.object({ directory: z.string() }),
  provides: [Database],
  events: [StorageChanged],
  setup(ctx) {
    const changed = (state: z.input<typeof StorageChanged.schema>) => ctx.emit(StorageChanged, state)
    const database = createSqliteDatabase({
      directory: ctx.config.directory,
      durable: false,
      busyLimitMs: 10,
      maxPages: 500,
      changed,
    })
    ctx.onClose(() => database.closeAll())
    ctx.provide(Database, database)
  },
})

let directory: string
let test: TestKernel
const start = async (storagePatienceMs: number) => {
  test = await testKernel({ plugins: [small({ directory }), events({ storagePatienceMs }), notifications()] })
  const shop = await test.service(Database).open('shop')
  await test.service(EventLog).attach('shop')
  for (const file of [shop, await test.service(Database).open('host')])
    await file.write((tx) => tx.run('CREATE TABLE blobs (data BLOB)'))
}
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-storage-'))
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const put = async (name: string, bytes: number) => {
  const file = await test.service(Database).open(name)
  await file.write((tx) => tx.run('INSERT INTO blobs VALUES (zeroblob(?))', [bytes]))
}
const full = (name: string) => expect(put(name, TOO_MUCH)).rejects.toMatchObject({ code: 'WAQ_STORAGE_FULL' })
const told = async (principal = admin) =>
  (await test.run(listNotifications, {}, { principal })).items.map(({ type, title, message }) => [type, title, message])

describe('a database that is full', () => {
  it('is told to administrators, and so is its end', async () => {
    await start(1)
    await full('shop')
    const first = ['error', 'The storage is full', expect.stringMatching(/no room for .*'shop'\. Free some disk space/)]
    await eventually(async () => expect(await told()).toEqual([first]))
    await put('shop', 1)
    const second = [
      'success',
      'The storage is back',
      expect.stringMatching(/'shop'\. It was full from .* UTC to .* UTC/),
    ]
    await eventually(async () => expect(await told()).toEqual([second, first]))
    expect(await told(seller)).toEqual([])
  })

  it('is no news when a single write was too large for it', async () => {
    await start(60_000)
    await full('shop')
    await put('shop', 1)
    await full('host')
    await put('host', 1)
    expect(test.events.filter(({ type }) => type === StorageChanged.id).map(({ data }) => data)).toMatchObject([
      { name: 'shop', state: 'full' },
      { name: 'shop', state: 'open' },
      { name: 'host', state: 'full' },
      { name: 'host', state: 'open' },
    ])
    expect(await told()).toEqual([])
  })
})

describe('a database that another program holds', () => {
  it('is told afterwards where the notice would have to stand in it', async () => {
    await start(1)
    const other = new SQLite(join(directory, 'host.db'))
    try {
      other.exec('BEGIN IMMEDIATE')
      await expect(put('host', 1)).rejects.toMatchObject({ code: 'WAQ_STORAGE_LOCKED' })
      await eventually(() =>
        expect(test.lines.map(({ message }) => message)).toContain('the state of the storage cannot be recorded yet'),
      )
      expect(await told()).toEqual([])
      other.exec('COMMIT')
      await put('host', 1)
    } finally {
      other.close()
    }
    const back = ['success', 'The storage is back', expect.stringMatching(/the host's database\. It was locked from/)]
    await eventually(async () => expect(await told()).toEqual([back]))
  })
})
