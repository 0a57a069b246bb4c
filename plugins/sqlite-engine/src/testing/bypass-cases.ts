import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { ContractCase } from './database-contract.ts'
import { insert, keysOf, openItems, rejection } from './support.ts'

const changing = [
  insert.replace('?, ?', `'x', 1`),
  `insert into items (key, value) values ('x', 1) returning key`,
  'delete from items',
  'create table others (id integer)',
  'create temp table others (id integer)',
]
const storageOnly = [
  'BEGIN',
  'begin immediate',
  '; /* first */ -- second\n commit',
  'END',
  'rollback',
  'savepoint s',
  'release turn',
  'rollback to turn',
  'pragma query_only = 0',
  'pragma wal_checkpoint',
  `attach ':memory:' as other`,
  'detach main',
  'vacuum',
  `vacuum into '/nowhere/copy.db'`,
]

export const bypassCases: readonly ContractCase[] = [
  {
    name: 'refuses every change through the read handle',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      for (const statement of [...changing, ...storageOnly]) {
        await rejection(file.all(statement), 'WAQ_STATEMENT_REFUSED')
        await rejection(file.get(statement), 'WAQ_STATEMENT_REFUSED')
        await rejection(sql.raw(statement).execute(file.read), 'WAQ_STATEMENT_REFUSED')
      }
      const { read } = file
      await rejection(read.insertInto('items').values({ key: 'x', value: 1 }).execute(), 'WAQ_STATEMENT_REFUSED')
      await rejection(
        read.transaction().execute(async () => {}),
        'WAQ_STATEMENT_REFUSED',
      )
      assert.deepEqual(await keysOf(file), [])
    },
  },
  {
    name: 'refuses statements inside a write that would end it for everybody, and keeps the write',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      const neighbour = file.write((tx) => tx.run(insert, ['a', 1]))
      await file.write(async (tx) => {
        await tx.run(insert, ['b', 1])
        for (const statement of storageOnly) {
          await rejection(tx.run(statement), 'WAQ_STATEMENT_REFUSED')
          await rejection(tx.all(statement), 'WAQ_STATEMENT_REFUSED')
          await rejection(sql.raw(statement).execute(tx.db), 'WAQ_STATEMENT_REFUSED')
        }
        await rejection(
          tx.db.transaction().execute(async () => {}),
          'WAQ_STATEMENT_REFUSED',
        )
      })
      await neighbour
      assert.deepEqual(await keysOf(file), ['a', 'b'])
    },
  },
  {
    name: 'lets nobody close the file through a query builder',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      await file.write(async (tx) => {
        await tx.run(insert, ['a', 1])
        await tx.db.destroy()
      })
      await file.read.destroy()
      await file.write((tx) => tx.run(insert, ['b', 1]))
      assert.deepEqual(await keysOf(file), ['a', 'b'])
    },
  },
  {
    name: 'shows no connection in anything that it hands out',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      await file.read.selectFrom('items').selectAll().execute()
      await file.write(async (tx) => {
        await tx.db.selectFrom('items').selectAll().execute()
        assert.deepEqual(connectionsIn(tx), [])
        assert.deepEqual(connectionsIn(await tx.run(insert, ['a', 1])), [])
      })
      assert.deepEqual(connectionsIn(file), [])
      assert.deepEqual(connectionsIn(storage.database), [])
    },
  },
  {
    name: 'streams from a snapshot that later reads do not share',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      await file.write(async (tx) => {
        await tx.run(insert, ['a', 1])
        await tx.run(insert, ['b', 1])
      })
      const seen: string[] = []
      for await (const row of file.read.selectFrom('items').selectAll().orderBy('key').stream()) {
        seen.push(row.key)
        await file.write((tx) => tx.run(insert, [`${row.key}-after`, 1]))
        assert.ok((await keysOf(file)).includes(`${row.key}-after`))
      }
      assert.deepEqual(seen, ['a', 'b'])
    },
  },
]

/** Paths to everything reachable from an object that can prepare statements. */
function connectionsIn(root: object): string[] {
  const found: string[] = []
  const seen = new Set<unknown>([root])
  const queue: [path: string, value: object][] = [['it', root]]
  for (const [path, value] of queue) {
    if (typeof (value as { prepare?: unknown }).prepare === 'function') found.push(path)
    for (const key of Reflect.ownKeys(value)) {
      const property = Reflect.getOwnPropertyDescriptor(value, key)?.value as unknown
      if (property === null || !['object', 'function'].includes(typeof property) || seen.has(property)) continue
      seen.add(property)
      queue.push([`${path}.${String(key)}`, property as object])
    }
  }
  return found
}
