import assert from 'node:assert/strict'
import type { ContractCase } from './database-contract.ts'
import { rejection } from './support.ts'

const one = { name: '001-one', statements: ['create table one (id integer)', 'insert into one values (1)'] }
const two = { name: '002-two', statements: ['create table two (id integer)', 'insert into one values (2)'] }
const broken = { name: '002-broken', statements: ['insert into one values (3)', 'create nonsense'] }

export const migrationCases: readonly ContractCase[] = [
  {
    name: 'takes every migration once, in order, in files that are open and in files opened later',
    async run(start) {
      await using storage = await start()
      const { database } = storage
      await database.open('early')
      await database.migrate('greeter', 'instance', [one])
      const early = await database.open('early')
      assert.deepEqual(await early.all('select id from one'), [{ id: 1 }])
      await database.migrate('greeter', 'instance', [one, two])
      await database.migrate('greeter', 'instance', [one, two])
      const late = await database.open('late')
      for (const file of [early, late]) {
        assert.deepEqual(await file.all('select id from one order by id'), [{ id: 1 }, { id: 2 }])
        assert.deepEqual(await file.all('select owner, name from waqtor_migrations order by name'), [
          { owner: 'greeter', name: '001-one' },
          { owner: 'greeter', name: '002-two' },
        ])
      }
      await database.close('late')
      const reopened = await database.open('late')
      assert.deepEqual(await reopened.all('select count(*) n from one'), [{ n: 2 }])
    },
  },
  {
    name: 'keeps the migrations of the host and of instances, and of two plugins, apart',
    async run(start) {
      await using storage = await start()
      const { database } = storage
      await database.migrate('greeter', 'host', [one])
      await database.migrate('other', 'host', [{ name: one.name, statements: ['create table other (id integer)'] }])
      const host = await database.open('host')
      const shop = await database.open('shop')
      assert.deepEqual(await host.all('select owner from waqtor_migrations order by owner'), [
        { owner: 'greeter' },
        { owner: 'other' },
      ])
      assert.equal(await shop.get(`select 1 from sqlite_schema where name in ('one', 'other')`), undefined)
    },
  },
  {
    name: 'takes a step once even when two ask for it at the same time',
    async run(start) {
      await using storage = await start()
      const { database } = storage
      const file = await database.open('host')
      await Promise.all([database.migrate('greeter', 'host', [one]), database.migrate('greeter', 'host', [one])])
      assert.deepEqual(await file.all('select id from one'), [{ id: 1 }])
    },
  },
  {
    name: 'leaves the file as it was before a step that fails, and names it',
    async run(start) {
      await using storage = await start()
      const { database } = storage
      const file = await database.open('host')
      const error = await rejection(database.migrate('greeter', 'host', [one, broken]), 'WAQ_MIGRATION_FAILED')
      assert.match(error.message, /'002-broken' of plugin 'greeter'.*'host'/)
      assert.deepEqual(await file.all('select id from one'), [{ id: 1 }])
      assert.deepEqual(await file.all('select name from waqtor_migrations'), [{ name: '001-one' }])

      await database.close('host')
      await rejection(database.open('host'), 'WAQ_MIGRATION_FAILED')
      assert.equal(database.states()[0]?.state, 'failed')
      await database.migrate('greeter', 'host', [one, two])
      const mended = await database.open('host')
      assert.deepEqual(await mended.all('select id from one order by id'), [{ id: 1 }, { id: 2 }])
      assert.equal(database.states()[0]?.state, 'open')
    },
  },
  {
    name: 'refuses a file that a newer version has migrated',
    async run(start) {
      await using storage = await start()
      const { database } = storage
      await database.migrate('greeter', 'host', [one, two])
      await database.open('host')
      await database.close('host')
      await database.migrate('greeter', 'host', [one])
      const error = await rejection(database.open('host'), 'WAQ_MIGRATION_UNKNOWN')
      assert.match(error.message, /newer version of plugin 'greeter' \(002-two\)/)
    },
  },
  {
    name: 'refuses two migrations of one name',
    async run(start) {
      await using storage = await start()
      const { database } = storage
      await database.open('host')
      await rejection(database.migrate('greeter', 'host', [one, one]), 'WAQ_MIGRATION_FAILED')
    },
  },
]
