import assert from 'node:assert/strict'
import type { Tx } from '@waqtor/contracts'
import type { ContractCase } from './database-contract.ts'
import { type Items, insert, keysOf, openItems, rejection, signal } from './support.ts'

export const writeCases: readonly ContractCase[] = [
  {
    name: 'keeps what a write has resolved, and shows it to every way of reading',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      const answer = await file.write(async (tx) => {
        const first = await tx.run(insert, ['a', 1])
        await tx.db.insertInto('items').values({ key: 'b', value: 2 }).execute()
        return first.changes
      })
      assert.equal(answer, 1)
      assert.deepEqual(await keysOf(file), ['a', 'b'])
      assert.deepEqual(await file.get('select value from items where key = ?', ['b']), { value: 2 })
      assert.equal(await file.get('select value from items where key = ?', ['z']), undefined)
      const rows = await file.read.selectFrom('items').selectAll().where('value', '>', 1).execute()
      assert.deepEqual(rows, [{ key: 'b', value: 2 }])
    },
  },
  {
    name: 'shows a write to itself at once, and to readers only after the commit',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      await file.write(async (tx) => {
        await tx.run(insert, ['a', 1])
        assert.deepEqual(await tx.all('select key from items'), [{ key: 'a' }])
        assert.deepEqual(await tx.get('select key from items'), { key: 'a' })
        assert.deepEqual(await tx.db.selectFrom('items').select('key').execute(), [{ key: 'a' }])
        assert.deepEqual(await keysOf(file), [])
        assert.deepEqual(await file.read.selectFrom('items').selectAll().execute(), [])
      })
      assert.deepEqual(await keysOf(file), ['a'])
    },
  },
  {
    name: 'runs callbacks one after another, in the order in which they were given',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      const steps: string[] = []
      await Promise.all(
        ['a', 'b', 'c'].map((key) =>
          file.write(async (tx) => {
            steps.push(`${key} begins`)
            await tx.run(insert, [key, 1])
            await new Promise((resolve) => setImmediate(resolve))
            steps.push(`${key} ends`)
          }),
        ),
      )
      assert.deepEqual(steps, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
    },
  },
  {
    name: 'undoes the part of a callback that throws and keeps its neighbours, in order',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      // An error of the file system that has nothing to do with the storage stays what it is, too.
      const mistake = Object.assign(new Error('no such picture'), { code: 'ENOENT', errno: -2 })
      const results = await Promise.allSettled([
        file.write((tx) => tx.run(insert, ['a', 1])),
        file.write(async (tx) => {
          await tx.run(insert, ['b', 1])
          throw mistake
        }),
        file.write(() => {
          throw mistake
        }),
        file.write((tx) => tx.run(insert, ['c', 1])),
      ])
      assert.deepEqual(
        results.map((it) => it.status),
        ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
      )
      assert.equal((results[1] as PromiseRejectedResult).reason, mistake)
      assert.equal((results[2] as PromiseRejectedResult).reason, mistake)
      assert.deepEqual(await keysOf(file), ['a', 'c'])
    },
  },
  {
    name: 'lets a callback handle the error of one statement and go on',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      await file.write(async (tx) => {
        await tx.run(insert, ['a', 1])
        await assert.rejects(tx.run(insert, ['a', 2]), { code: /^SQLITE_CONSTRAINT/ })
        await assert.rejects(tx.all('select nonsense from items'), { code: 'SQLITE_ERROR' })
        await assert.rejects(tx.get('select nonsense from items'), { code: 'SQLITE_ERROR' })
        await assert.rejects(tx.db.insertInto('items').values({ key: 'a', value: 3 }).execute())
        await tx.run(insert, ['b', 1])
      })
      assert.deepEqual(await keysOf(file), ['a', 'b'])
    },
  },
  {
    name: 'runs what waits for the commit after it, in order, and not at all when the write fails',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      const seen: string[] = []
      const write = (key: string, fails = false) =>
        file.write(async (tx) => {
          tx.afterCommit(() => {
            seen.push(`${key} is committed`)
          })
          tx.afterCommit(() => {
            throw new Error('a listener of no importance')
          })
          tx.afterCommit(() => seen.push(`${key} again`))
          await tx.run(insert, [key, 1])
          if (fails) throw new Error('no')
        })
      const resolved = (key: string) => () => seen.push(`${key} resolved`)
      await Promise.all([
        write('a').then(resolved('a')),
        assert.rejects(write('b', true)),
        write('c').then(resolved('c')),
      ])
      assert.deepEqual(
        seen.filter((it) => !it.endsWith('resolved')),
        ['a is committed', 'a again', 'c is committed', 'c again'],
      )
      assert.ok(seen.indexOf('a again') < seen.indexOf('a resolved'))
      assert.ok(seen.indexOf('c again') < seen.indexOf('c resolved'))
    },
  },
  {
    name: 'lets a function that ran after the commit write again',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      const done = signal()
      let second: Promise<unknown> | undefined
      await file.write(async (tx) => {
        await tx.run(insert, ['a', 1])
        tx.afterCommit(() => {
          second = file.write((tx) => tx.run(insert, ['b', 1])).finally(done.reach)
        })
      })
      await done.reached
      await second
      assert.deepEqual(await keysOf(file), ['a', 'b'])
    },
  },
  {
    name: 'refuses a write inside a write of the same file, through every await, and goes on',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      await file.write(async (tx) => {
        await rejection(
          file.write(async () => {}),
          'WAQ_WRITE_NESTED',
        )
        await tx.run(insert, ['a', 1])
        await new Promise((resolve) => setImmediate(resolve))
        await rejection(
          file.write(async () => {}),
          'WAQ_WRITE_NESTED',
        )
      })
      assert.deepEqual(await keysOf(file), ['a'])
    },
  },
  {
    name: 'refuses a nested write that comes back through another file',
    async run(start) {
      await using storage = await start()
      const host = await openItems(storage.database)
      const other = await openItems(storage.database, 'shop')
      await host.write(async (tx) => {
        await tx.run(insert, ['a', 1])
        await other.write(async (inner) => {
          await inner.run(insert, ['b', 1])
          await rejection(
            host.write(async () => {}),
            'WAQ_WRITE_NESTED',
          )
        })
      })
      assert.deepEqual([await keysOf(host), await keysOf(other)], [['a'], ['b']])
    },
  },
  {
    name: 'lets work that a callback left running write once the callback is over',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      const over = signal()
      let later: Promise<unknown> | undefined
      await file.write(async (tx) => {
        await tx.run(insert, ['a', 1])
        later = over.reached.then(() => file.write((it) => it.run(insert, ['b', 1])))
      })
      over.reach()
      await later
      assert.deepEqual(await keysOf(file), ['a', 'b'])
    },
  },
  {
    name: 'gives a transaction that does nothing after its callback',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      let dead: Tx<Items> | undefined
      await file.write(async (tx) => {
        dead = tx
      })
      const tx = dead!
      const next = file.write(async (other) => {
        await other.run(insert, ['a', 1])
        await rejection(tx.run(insert, ['b', 1]), 'WAQ_TX_CLOSED')
        await rejection(tx.all('select * from items'), 'WAQ_TX_CLOSED')
        await rejection(tx.get('select * from items'), 'WAQ_TX_CLOSED')
        await rejection(tx.db.insertInto('items').values({ key: 'c', value: 1 }).execute(), 'WAQ_TX_CLOSED')
        assert.throws(() => tx.afterCommit(() => {}), { code: 'WAQ_TX_CLOSED' })
      })
      await next
      assert.deepEqual(await keysOf(file), ['a'])
    },
  },
  {
    name: 'carries numbers, text of any script, bytes and nothing there and back',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      const values = ['مرحبا 👋 \u0000 end', 0, -1.5, 2 ** 40, null, new Uint8Array([0, 255])] as const
      const back = await file.write((tx) =>
        tx.get<Record<string, unknown>>('select ? a, ? b, ? c, ? d, ? e, ? f', values),
      )
      assert.deepEqual(
        Object.values(back!).map((it) => (it instanceof Uint8Array ? [...it] : it)),
        [...values.slice(0, 5), [0, 255]],
      )
    },
  },
  {
    name: 'writes many rows with one statement',
    async run(start) {
      await using storage = await start()
      const file = await openItems(storage.database)
      const rows = Array.from({ length: 1_000 }, (_, i) => [`k${i}`, i])
      const { changes } = await file.write((tx) =>
        tx.run(`insert into items select value ->> 0, value ->> 1 from json_each(?)`, [JSON.stringify(rows)]),
      )
      assert.equal(changes, 1_000)
      assert.deepEqual(await file.get('select count(*) n, sum(value) s from items'), { n: 1_000, s: 499_500 })
    },
  },
]
