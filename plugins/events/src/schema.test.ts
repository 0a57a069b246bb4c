import { Database } from '@waqtor/contracts'
import { testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { expect, it } from 'vitest'
import { instanceMigrations } from './schema.ts'

it('keeps every event and its sequence when an older file is brought up to date', async () => {
  await using test = await testKernel({ plugins: [memory()] })
  const database = test.service(Database)
  await database.migrate('events', 'instance', instanceMigrations.slice(0, 1))
  const file = await database.open('shop')
  await file.write(async (tx) => {
    for (const sequence of [7, 8, 12])
      await tx.run("INSERT INTO events VALUES (?, ?, 'test.public', 1, '{}')", [sequence, `evt_${sequence}`])
  })
  await database.migrate('events', 'instance', instanceMigrations)
  await file.write((tx) =>
    tx.run("INSERT INTO events (id, type, time, data) VALUES ('evt_new', 'test.public', 2, '{}')"),
  )
  expect(await file.all('SELECT sequence, id FROM events ORDER BY sequence')).toEqual([
    { sequence: 7, id: 'evt_7' },
    { sequence: 8, id: 'evt_8' },
    { sequence: 12, id: 'evt_12' },
    { sequence: 13, id: 'evt_new' },
  ])
})
