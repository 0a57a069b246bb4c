import { Database, type DatabaseFile } from '@waqtor/contracts'
import { defineEvent, z } from '@waqtor/kernel'
import { type TestKernel, testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Journal } from './journal.ts'
import { hostMigrations, instanceMigrations } from './schema.ts'

const Happened = defineEvent('test.happened', {
  kind: 'recorded',
  permission: 'test:read',
  scope: 'instance',
  schema: z.object({}),
})

let test: TestKernel
let journal: Journal
let file: DatabaseFile
let host: DatabaseFile

beforeEach(async () => {
  test = await testKernel({ plugins: [memory()] })
  const database = test.service(Database)
  await database.migrate('events', 'host', hostMigrations)
  await database.migrate('events', 'instance', instanceMigrations)
  journal = new Journal({
    database,
    bus: test.kernel.events,
    logger: { debug() {}, info() {}, warn() {}, error() {}, child: () => ({}) as never },
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  })
  await journal.open()
  await journal.attach('shop')
  file = await database.open('shop')
  host = await database.open('host')
  await file.write((tx) =>
    journal.recordAll(
      tx,
      Happened,
      Array.from({ length: 6 }, () => ({})),
    ),
  )
  await file.write((tx) => tx.run('UPDATE events SET time = sequence * 100'))
})
afterEach(async () => {
  await journal.close()
  await test.kernel.close()
})

const left = async () => (await file.all<{ sequence: number }>('SELECT sequence FROM events')).map((it) => it.sequence)

it('removes what is older than the moment, and nothing else', async () => {
  await journal.prune(350)
  expect(await left()).toEqual([4, 5, 6])
})

it('keeps the newest event, so that the end of the log is known', async () => {
  await journal.prune(10_000)
  expect(await left()).toEqual([6])
})

it('stops at the first event that is young enough: the clock may have gone back', async () => {
  await file.write((tx) => tx.run('UPDATE events SET time = 10 WHERE sequence IN (3, 5)'))
  await journal.prune(150)
  expect(await left()).toEqual([2, 3, 4, 5, 6])
})

it('removes nothing that a reader has still to take', async () => {
  const undo = journal.read({ name: 'stuck', handle: () => Promise.reject(new Error('stuck')) })
  await journal.prune(10_000)
  expect(await left()).toEqual([1, 2, 3, 4, 5, 6])
  await undo()
})

it('waits for readers that are away, as long as they were heard of lately', async () => {
  const [{ id } = { id: '' }] = await file.all<{ id: string }>('SELECT id FROM event_log')
  await host.write(async (tx) => {
    await tx.run("INSERT INTO event_readers VALUES ('away', 'shop', ?, 2, 500)", [id])
    await tx.run("INSERT INTO event_readers VALUES ('gone', 'shop', ?, 1, 100)", [id])
  })
  await journal.prune(450)
  expect(await left()).toEqual([3, 4, 5, 6])
})

it('refuses cursors from before the oldest event, since events would be missing after them', async () => {
  const { nextCursor } = await journal.page({ instance: 'shop', limit: 1 })
  const edge = await journal.page({ instance: 'shop', limit: 3 })
  await journal.prune(350)
  await expect(journal.page({ instance: 'shop', after: nextCursor })).rejects.toMatchObject({
    code: 'WAQ_CURSOR_EXPIRED',
  })
  expect((await journal.page({ instance: 'shop', after: edge.nextCursor })).items).toHaveLength(3)
})
