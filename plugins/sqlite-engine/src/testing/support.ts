import assert from 'node:assert/strict'
import type { Database, DatabaseFile } from '@waqtor/contracts'
import { isWaqtorError } from '@waqtor/kernel'

/** The simplest table that a test can talk about. */
export interface Items {
  items: { key: string; value: number }
}

export const itemsMigration = {
  name: '001-items',
  statements: ['create table items (key text primary key, value integer not null) strict, without rowid'],
}

/** Opens a file that has the table. */
export async function openItems(database: Database, name = 'host'): Promise<DatabaseFile<Items>> {
  await database.migrate('tests', name === 'host' ? 'host' : 'instance', [itemsMigration])
  return database.open<Items>(name)
}

export const insert = 'insert into items (key, value) values (?, ?)'

/** All keys, sorted. */
export async function keysOf(file: DatabaseFile<Items>): Promise<string[]> {
  const rows = await file.all<{ key: string }>('select key from items order by key')
  return rows.map((it) => it.key)
}

/** Expects a rejection with a code, and answers the error. */
export async function rejection(work: Promise<unknown>, code: string): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(isWaqtorError(error), `expected ${code}, got ${error}`)
  assert.equal(error.code, code)
  return error
}

/** A promise and what settles it. */
export function signal(): { readonly reached: Promise<void>; readonly reach: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { reached: promise, reach: resolve }
}
