import { Database } from '@waqtor/contracts'
import { defineEvent, z } from '@waqtor/kernel'
import { testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { expect, it } from 'vitest'
import { Journal } from './journal.ts'
import { hostMigrations, instanceMigrations } from './schema.ts'

const common = {
  kind: 'recorded',
  permission: 'test:read',
  scope: 'instance',
  schema: z.object({ n: z.int() }),
} as const
const Rare = defineEvent('test.rare', common)
const Frequent = defineEvent('test.frequent', common)

it('a reader that finds nothing it wants rests, however much is written, and misses nothing', async () => {
  await using test = await testKernel({ plugins: [memory()] })
  const database = test.service(Database)
  await database.migrate('events', 'host', hostMigrations)
  await database.migrate('events', 'instance', instanceMigrations)
  /** Ends the rest that is under way. */
  const rests: (() => void)[] = []
  const journal = new Journal({
    database,
    bus: test.kernel.events,
    logger: { debug() {}, info() {}, warn() {}, error() {}, child: () => ({}) as never },
    pause: (ms, signal) =>
      new Promise((resolve) => {
        expect(ms).toBe(100)
        rests.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      }),
  })
  await journal.attach('shop')
  const file = await database.open('shop')
  const write = (event: typeof Rare, n: number) => file.write((tx) => journal.record(tx, event, { n }))
  const seen: unknown[] = []
  journal.read({
    name: 'picky',
    types: [Rare.id],
    handle: async (_tx, _log, events) => void seen.push(...events.map((event) => event.data)),
  })
  const through = async () => (await journal.readers()).find((reader) => reader.log === 'shop')!.through

  // It has looked into the empty log.
  await expect.poll(() => rests.length).toBe(1)
  for (let n = 1; n <= 50; n++) await write(Frequent, n)
  await write(Rare, 51)
  expect([rests.length, await through(), seen]).toEqual([1, 0, []])

  rests[0]!()
  await expect.poll(() => seen).toEqual([{ n: 51 }])
  expect(await through()).toBe(51)
  // It has found something: no rest before it looks again.
  await write(Rare, 52)
  await expect.poll(() => seen).toEqual([{ n: 51 }, { n: 52 }])
  expect(rests).toHaveLength(1)
  await write(Frequent, 53)
  await expect.poll(() => rests.length).toBe(2)
  await journal.close()
})
