import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import type { ContractCase } from './database-contract.ts'
import { insert, keysOf, openItems, rejection } from './support.ts'

export const fileCases: readonly ContractCase[] = [
  {
    name: 'gives the same file for the same name until it is closed',
    async run(start) {
      await using storage = await start()
      const { database } = storage
      const [first, second] = await Promise.all([database.open('shop'), database.open('shop')])
      assert.equal(first, second)
      assert.equal(first.name, 'shop')
      await database.close('shop')
      assert.notEqual(await database.open('shop'), first)
    },
  },
  {
    name: 'keeps files apart',
    async run(start) {
      await using storage = await start()
      const one = await openItems(storage.database, 'one')
      const two = await openItems(storage.database, 'two')
      await Promise.all([one.write((tx) => tx.run(insert, ['a', 1])), two.write((tx) => tx.run(insert, ['b', 1]))])
      assert.deepEqual([await keysOf(one), await keysOf(two)], [['a'], ['b']])
    },
  },
  {
    name: 'finishes the writes that wait before it closes, and takes none afterwards',
    async run(start) {
      await using storage = await start()
      const { database } = storage
      const file = await openItems(database)
      const writes = Array.from({ length: 20 }, (_, i) => file.write((tx) => tx.run(insert, [`k${i}`, i])))
      await database.close('host')
      await Promise.all(writes)
      await rejection(
        file.write((tx) => tx.run(insert, ['late', 1])),
        'WAQ_STORAGE_CLOSED',
      )
      await rejection(file.all('select 1'), 'WAQ_STORAGE_CLOSED')
      await rejection(file.get('select 1'), 'WAQ_STORAGE_CLOSED')
      await rejection(file.read.selectFrom('items').selectAll().execute(), 'WAQ_STORAGE_CLOSED')
      assert.equal((await keysOf(await openItems(database))).length, 20)
    },
  },
  {
    name: 'opens, closes and removes one name in the order in which it was told',
    async run(start) {
      await using storage = await start()
      const { database } = storage
      const file = await openItems(database, 'shop')
      await file.write((tx) => tx.run(insert, ['a', 1]))
      const rows = async () => (await database.open('shop')).all('select key from items')
      const [, again, , empty] = await Promise.all([database.close('shop'), rows(), database.remove('shop'), rows()])
      assert.deepEqual([again, empty], [[{ key: 'a' }], []])
      await database.close('shop')
      await database.close('shop')
      await database.close('never-opened')
      await database.remove('never-opened')
    },
  },
  {
    name: 'names the state of every open file',
    async run(start) {
      await using storage = await start()
      const { database } = storage
      assert.deepEqual(database.states(), [])
      await Promise.all([database.open('host'), database.open('shop')])
      const states = database.states().map(({ name, state }) => [name, state])
      assert.deepEqual(states.sort(), [
        ['host', 'open'],
        ['shop', 'open'],
      ])
      await database.close('shop')
      assert.deepEqual(
        database.states().map((it) => it.name),
        ['host'],
      )
    },
  },
  {
    name: 'refuses names that could lead out of its directory',
    async run(start) {
      await using storage = await start()
      const names = [
        '',
        '.',
        '..',
        '../host',
        'a/b',
        'a\\b',
        '/etc/passwd',
        'a\0b',
        'Ärger',
        'a b',
        'C:',
        '-',
        'x'.repeat(64),
      ]
      for (const name of names) {
        await rejection(storage.database.open(name), 'WAQ_INPUT_INVALID')
        await rejection(storage.database.remove(name), 'WAQ_INPUT_INVALID')
        await rejection(storage.database.backup(name, '/tmp/never'), 'WAQ_INPUT_INVALID')
      }
      assert.deepEqual(storage.database.states(), [])
    },
  },
  {
    name: 'copies a file between its writes, whole and as of one moment',
    async run(start) {
      await using storage = await start()
      const { database } = storage
      const file = await openItems(database)
      const directory = await mkdtemp(join(tmpdir(), 'waqtor-backup-'))
      try {
        const to = join(directory, 'copy.db')
        const pair = (i: number) =>
          file.write(async (tx) => {
            await tx.run(insert, [`a${i}-${'x'.repeat(500)}`, i])
            await new Promise((resolve) => setImmediate(resolve))
            await tx.run(insert, [`b${i}-${'x'.repeat(500)}`, i])
          })
        for (let i = 0; i < 500; i++) void pair(i)
        await pair(500)
        let copied = false
        const backup = database.backup('host', to).finally(() => {
          copied = true
        })
        for (let i = 501; !copied; i++) await pair(i)
        await backup

        const copy = new SQLite(to, { readonly: true })
        try {
          assert.equal(copy.pragma('integrity_check', { simple: true }), 'ok')
          const odd = copy.prepare('select value from items group by value having count(*) <> 2').all()
          assert.deepEqual(odd, [])
          const rows = copy.prepare('select count(*) from items').pluck().get()
          assert.ok(Number(rows) >= 1_002)
        } finally {
          copy.close()
        }
        // Looking at it has put nothing beside it: it is one file, and can lie on a disc that is read-only.
        assert.deepEqual(await readdir(directory), ['copy.db'])
        assert.equal((await stat(to)).mode & 0o777, process.platform === 'win32' ? 0o666 : 0o600)
        await rejection(database.backup('host', to), 'WAQ_CONFLICT')
        await assert.rejects(database.backup('host', join(directory, 'missing', 'copy.db')))
      } finally {
        await rm(directory, { recursive: true })
      }
    },
  },
]
