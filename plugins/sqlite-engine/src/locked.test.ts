import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { describe, expect, it, vi } from 'vitest'
import { afterTest, storageIn, temporaryDirectory } from './fixtures/temporary.ts'
import { insert, keysOf, openItems } from './testing/support.ts'

/** Another program that has the file open. */
function stranger(directory: string): SQLite.Database {
  const db = new SQLite(join(directory, 'host.db'))
  afterTest(() => db.close())
  return db
}

describe('a file that another program holds', () => {
  it('is written as soon as it is let go; until then the state says so and other work goes on', async () => {
    const directory = temporaryDirectory()
    const database = storageIn(directory, { busyLimitMs: 60_000 })
    const file = await openItems(database)
    const other = stranger(directory)
    other.exec('BEGIN EXCLUSIVE')
    const writes = Promise.all([
      file.write((tx) => tx.run(insert, ['a', 1])),
      file.write((tx) => tx.run(insert, ['b', 1])),
    ])
    await vi.waitFor(() => expect(database.states()).toMatchObject([{ name: 'host', state: 'locked' }]))
    // Readers are not held up: they see what is committed.
    expect(await keysOf(file)).toEqual([])
    // Timers that fire show that waiting does not hold the event loop.
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(database.states()).toMatchObject([{ state: 'locked' }])
    other.exec('COMMIT')
    await writes
    expect(database.states()).toMatchObject([{ name: 'host', state: 'open' }])
    expect(await keysOf(file)).toEqual(['a', 'b'])
  })

  it('rejects each write that has waited too long, and takes later ones', async () => {
    const directory = temporaryDirectory()
    const database = storageIn(directory, { busyLimitMs: 30 })
    const file = await openItems(database)
    const other = stranger(directory)
    other.exec('BEGIN EXCLUSIVE')
    const results = await Promise.allSettled([
      file.write((tx) => tx.run(insert, ['a', 1])),
      file.write((tx) => tx.run(insert, ['b', 1])),
    ])
    const locked = { code: 'WAQ_STORAGE_LOCKED', status: 503, message: expect.stringMatching(/another program holds/) }
    expect(results).toMatchObject([
      { status: 'rejected', reason: locked },
      { status: 'rejected', reason: locked },
    ])
    expect(database.states()).toMatchObject([{ state: 'locked' }])
    other.exec('ROLLBACK')
    await file.write((tx) => tx.run(insert, ['c', 1]))
    expect(await keysOf(file)).toEqual(['c'])
    expect(database.states()).toMatchObject([{ state: 'open' }])
  })

  it('can still be closed', async () => {
    const directory = temporaryDirectory()
    const database = storageIn(directory, { busyLimitMs: 30 })
    const file = await openItems(database)
    stranger(directory).exec('BEGIN EXCLUSIVE')
    const write = expect(file.write((tx) => tx.run(insert, ['a', 1]))).rejects.toMatchObject({
      code: 'WAQ_STORAGE_LOCKED',
    })
    await database.close('host')
    await write
    expect(database.states()).toEqual([])
  })

  it('is opened as soon as it is let go, or the open is refused', async () => {
    const directory = temporaryDirectory()
    await openItems(storageIn(directory)).then((file) => file.write((tx) => tx.run(insert, ['a', 1])))
    const other = stranger(directory)
    other.exec('BEGIN EXCLUSIVE')
    const impatient = storageIn(directory, { busyLimitMs: 30 })
    await expect(impatient.open('host')).rejects.toMatchObject({ code: 'WAQ_STORAGE_LOCKED' })
    expect(impatient.states()).toMatchObject([{ name: 'host', state: 'locked' }])

    const patient = storageIn(directory, { busyLimitMs: 60_000 })
    const opening = openItems(patient)
    await vi.waitFor(() => expect(patient.states()).toMatchObject([{ state: 'locked' }]))
    other.exec('ROLLBACK')
    expect(await keysOf(await opening)).toEqual(['a'])
    expect(patient.states()).toMatchObject([{ state: 'open' }])
  })
})
