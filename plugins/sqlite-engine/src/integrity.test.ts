import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { recordingLogger } from '@waqtor/kernel/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSqliteDatabase } from './database.ts'
import { bytesOf, storageIn, temporaryDirectory } from './fixtures/temporary.ts'
import { insert, keysOf, openItems } from './testing/support.ts'

const ROWS = 300

/** A closed, whole file with some rows. */
async function wholeFile(): Promise<{ directory: string; path: string; bytes: Buffer }> {
  const directory = temporaryDirectory()
  const database = createSqliteDatabase({ directory })
  const file = await openItems(database)
  await file.write(async (tx) => {
    await tx.run('create index items_by_value on items (value)')
    for (let i = 0; i < ROWS; i++) await tx.run(insert, [`key-${i}-${'x'.repeat(40)}`, i])
  })
  await database.closeAll()
  const path = join(directory, 'host.db')
  return { directory, path, bytes: readFileSync(path) }
}

function patched(bytes: Buffer, changes: Readonly<Record<number, number>>): Buffer {
  const copy = Buffer.from(bytes)
  for (const [at, value] of Object.entries(changes)) copy[Number(at)] = value
  return copy
}

/** Makes a file and dies with the log still beside it. */
function crashedFile(directory: string, statements: string): string {
  const path = join(directory, 'host.db')
  const script = `
    const db = new (require('better-sqlite3'))(${JSON.stringify(path)})
    db.pragma('journal_mode = WAL')
    db.pragma('wal_autocheckpoint = 0')
    ${statements}
    process.kill(process.pid, 'SIGKILL')`
  spawnSync(process.execPath, ['-e', script], { cwd: import.meta.dirname })
  return path
}

describe('a damaged file', () => {
  it('is refused or read correctly, whatever happened to its bytes, and left as it is', async () => {
    const { directory, path, bytes } = await wholeFile()
    const damages = fc.oneof(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 1_000,
      }),
      fc.array(fc.tuple(fc.nat(120), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 }),
      fc.nat(bytes.length - 1).map((length) => length),
    )
    let refused = 0
    await fc.assert(
      fc.asyncProperty(damages, async (damage) => {
        const damaged = typeof damage === 'number' ? bytes.subarray(0, damage) : Buffer.from(bytes)
        if (typeof damage !== 'number') for (const [at, mask] of damage) damaged[at] = damaged[at]! ^ mask
        for (const it of [`${path}-wal`, `${path}-shm`]) rmSync(it, { force: true })
        writeFileSync(path, damaged)
        const before = bytesOf(path)

        const database = createSqliteDatabase({ directory })
        try {
          const file = await database.open('host').catch((error: unknown) => {
            expect(error).toMatchObject({
              code: expect.stringMatching(/^WAQ_STORAGE_(CORRUPT|FAILED)$/),
              message: expect.stringContaining(path),
            })
            expect(database.states()[0]?.state).toMatch(/^(corrupt|failed)$/)
            expect(bytesOf(path)).toEqual(before)
          })
          if (!file) {
            refused++
            return
          }
          const reading = file.all('select * from items where value >= 0 order by value')
          // Where the name of the table was hit there is no such table any more, which no check can know.
          await reading.catch((error: { code: string }) =>
            expect(error.code).toMatch(/^(WAQ_STORAGE_CORRUPT|SQLITE_ERROR)$/),
          )
        } finally {
          await database.closeAll()
        }
      }),
      { numRuns: 120 },
    )
    expect(refused).toBeGreaterThan(20)
  })

  it.each([
    ['its first page is zeroed', (bytes: Buffer) => Buffer.concat([Buffer.alloc(4096), bytes.subarray(4096)])],
    ['it is cut off at half', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['its last page is cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 100)],
    ['it is empty', () => Buffer.alloc(0)],
    ['it is something else', () => Buffer.from('{"not":"a database"}')],
    ['it is shorter than a header', (bytes: Buffer) => bytes.subarray(0, 50)],
  ])('is refused with its path and how to restore it when %s', async (_, damage) => {
    const { directory, path, bytes } = await wholeFile()
    writeFileSync(path, damage(bytes))
    const before = bytesOf(path)
    const log = recordingLogger()
    const database = storageIn(directory, { log })
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(database.open('host')).rejects.toMatchObject({
        code: 'WAQ_STORAGE_CORRUPT',
        status: 503,
        message: expect.stringMatching(new RegExp(`\\(${path}\\).*waqtor restore <backup>`, 's')),
      })
    }
    expect(database.states()).toMatchObject([{ name: 'host', state: 'corrupt' }])
    expect(log.lines.filter((it) => it.level === 'error')).toHaveLength(1)
    await database.closeAll()
    expect(bytesOf(path)).toEqual(before)
  })

  it('can be replaced by a backup while the storage runs', async () => {
    const { directory, path, bytes } = await wholeFile()
    writeFileSync(path, 'broken')
    const database = storageIn(directory)
    await expect(database.open('host')).rejects.toMatchObject({ code: 'WAQ_STORAGE_CORRUPT' })
    writeFileSync(path, bytes)
    expect(await keysOf(await openItems(database))).toHaveLength(ROWS)
    expect(database.states()).toMatchObject([{ state: 'open' }])
  })

  it('is let go of when it is refused, so that nothing stands in the way of what replaces it', async () => {
    const { directory, path, bytes } = await wholeFile()
    const database = storageIn(directory, { busyLimitMs: 0 })
    // Found out only when its log has been opened.
    writeFileSync(path, patched(bytes, { 21: 0 }))
    await expect(database.open('host')).rejects.toMatchObject({ code: 'WAQ_STORAGE_CORRUPT' })
    rmSync(`${path}-wal`, { force: true })
    rmSync(`${path}-shm`, { force: true })
    // A copy that another program made, without a log: it can be given one only while nobody else has it open.
    writeFileSync(path, patched(bytes, { 18: 1, 19: 1 }))
    expect(await keysOf(await openItems(database))).toHaveLength(ROWS)
  })

  it('can be removed', async () => {
    const { directory, path } = await wholeFile()
    writeFileSync(path, 'broken')
    const database = storageIn(directory)
    await expect(database.open('host')).rejects.toMatchObject({ code: 'WAQ_STORAGE_CORRUPT' })
    await database.remove('host')
    expect(database.states()).toEqual([])
    expect(await keysOf(await openItems(database))).toEqual([])
  })

  it('is noticed while it is open, and then written no more', async () => {
    const { directory, path, bytes } = await wholeFile()
    const database = storageIn(directory)
    const file = await openItems(database)
    // In a process of its own: closing a descriptor here would drop the locks of the open connections.
    const zero = `const fs = require('node:fs'); const fd = fs.openSync(process.argv[1], 'r+'); fs.writeSync(fd, Buffer.alloc(${bytes.length} - 4096), 0, undefined, 4096)`
    expect(spawnSync(process.execPath, ['-e', zero, path]).status).toBe(0)
    await expect(file.all('select * from items')).rejects.toMatchObject({ code: 'WAQ_STORAGE_CORRUPT' })
    expect(database.states()).toMatchObject([{ state: 'corrupt' }])
    await expect(file.write((tx) => tx.run(insert, ['a', 1]))).rejects.toMatchObject({ code: 'WAQ_STORAGE_CORRUPT' })
    expect(database.states()).toMatchObject([{ state: 'corrupt' }])
  })

  it('is noticed by a write as well, and nothing of its group is kept', async () => {
    const { directory, path, bytes } = await wholeFile()
    const database = storageIn(directory)
    const file = await openItems(database)
    const zero = `const fs = require('node:fs'); const fd = fs.openSync(process.argv[1], 'r+'); fs.writeSync(fd, Buffer.alloc(${bytes.length} - 4096), 0, undefined, 4096)`
    spawnSync(process.execPath, ['-e', zero, path])
    const results = await Promise.allSettled([
      file.write(async () => {}),
      file.write((tx) => tx.all('select * from items')),
      file.write(async () => {}),
    ])
    expect(results).toMatchObject([0, 1, 2].map(() => ({ reason: { code: 'WAQ_STORAGE_CORRUPT' } })))
  })
})

describe('a file after a crash', () => {
  it('has everything that its log has', async () => {
    const directory = temporaryDirectory()
    const path = crashedFile(directory, `db.exec("create table t (v); insert into t values ('in the log')")`)
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0)
    const file = await storageIn(directory).open('host')
    expect(await file.all('select v from t')).toEqual([{ v: 'in the log' }])
  })

  it('is refused when its log is there and it is not', async () => {
    const directory = temporaryDirectory()
    const path = crashedFile(directory, `db.exec('create table t (v)')`)
    rmSync(path)
    const before = bytesOf(`${path}-wal`)
    const database = storageIn(directory)
    await expect(database.open('host')).rejects.toMatchObject({
      code: 'WAQ_STORAGE_CORRUPT',
      message: /its log .*host\.db-wal is still there/,
    })
    expect(bytesOf(path, `${path}-wal`)).toEqual(['absent', ...before])
  })

  it('leaves a damaged file and its log as they are', async () => {
    const directory = temporaryDirectory()
    const path = crashedFile(
      directory,
      `db.exec("create table t (v); insert into t values (zeroblob(100000))"); db.pragma('wal_checkpoint'); db.exec('insert into t values (1)')`,
    )
    truncateSync(path, 4096 * 2)
    const before = bytesOf(path, `${path}-wal`)
    const database = storageIn(directory)
    await expect(database.open('host')).rejects.toMatchObject({ code: 'WAQ_STORAGE_CORRUPT' })
    await database.closeAll()
    expect(bytesOf(path, `${path}-wal`)).toEqual(before)
  })

  it('is checked page by page in a thread when it is big', async () => {
    const directory = temporaryDirectory()
    const fill = `
      db.exec('create table t (id integer primary key, v)')
      for (let i = 0; i < 3000; i++) db.prepare('insert into t (v) values (zeroblob(7000))').run()
      db.pragma('wal_checkpoint')
      db.exec('insert into t values (9999999, 1)')`
    const path = crashedFile(directory, fill)
    expect(statSync(path).size).toBeGreaterThan(16 * 1024 * 1024)
    const whole = join(directory, 'whole.db')
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, whole + suffix)

    const good = createSqliteDatabase({ directory })
    const file = await good.open('host')
    expect(await file.get('select count(*) n from t')).toEqual({ n: 3001 })
    await good.closeAll()

    for (const suffix of ['', '-wal']) copyFileSync(whole + suffix, path + suffix)
    const descriptor = openSync(path, 'r+')
    writeSync(descriptor, Buffer.alloc(4096, 7), 0, undefined, 4096 * 2000)
    closeSync(descriptor)
    const bad = storageIn(directory)
    await expect(bad.open('host')).rejects.toMatchObject({ code: 'WAQ_STORAGE_CORRUPT' })
  })
})

describe('a file that cannot be written', () => {
  it('is refused with its path when something else stands in its place', async () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'host.db'))
    writeFileSync(join(directory, 'instances'), 'no directory')
    const database = storageIn(directory)
    for (const [name, path] of [
      ['host', 'host.db'],
      ['shop', 'instances/shop/waqtor.db'],
    ] as const) {
      await expect(database.open(name)).rejects.toMatchObject({
        code: 'WAQ_STORAGE_FAILED',
        message: expect.stringContaining(join(directory, path)),
      })
    }
    expect(database.states()).toMatchObject([{ state: 'failed' }, { state: 'failed' }])
  })
})

describe('a file that others could read', () => {
  it.skipIf(process.platform === 'win32')('is closed to them when it is opened', async () => {
    const { directory, path } = await wholeFile()
    chmodSync(path, 0o644)
    await storageIn(directory).open('host')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })
})
