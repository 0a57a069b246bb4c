import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { afterTest, storageIn, temporaryDirectory } from './fixtures/temporary.ts'
import { insert, keysOf, openItems } from './testing/support.ts'

const child = fileURLToPath(new URL('./fixtures/acknowledging-child.ts', import.meta.url))
const large = 'x'.repeat(200_000)

/** Mounts a small file system, where this machine lets us. */
function smallDisk(megabytes: number): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  const directory = temporaryDirectory()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory])
  if (mounted.status !== 0) return undefined
  afterTest(() => execFileSync('umount', [directory]))
  return directory
}

describe('a file that cannot grow', () => {
  it('rejects the whole group, keeps what was acknowledged, says so, and goes on when there is room', async () => {
    const database = storageIn(temporaryDirectory(), { maxPages: 40 })
    const file = await openItems(database)
    await file.write(async (tx) => {
      await tx.run(insert, ['kept', 1])
      await tx.run('create table blobs (id integer primary key, data text)')
    })
    const results = await Promise.allSettled([
      file.write((tx) => tx.run(insert, ['before', 1])),
      file.write((tx) => tx.run('insert into blobs (data) values (?)', [large])),
      file.write((tx) => tx.run(insert, ['after', 1])),
    ])
    expect(results).toMatchObject([
      {
        status: 'rejected',
        reason: { code: 'WAQ_STORAGE_FULL', status: 507, message: /disk is full.*Free some space/ },
      },
      { status: 'rejected', reason: { code: 'WAQ_STORAGE_FULL' } },
      { status: 'fulfilled' },
    ])
    expect(await keysOf(file)).toEqual(['after', 'kept'])
  })

  it('shows the state until the next good commit', async () => {
    const database = storageIn(temporaryDirectory(), { maxPages: 40 })
    const file = await openItems(database)
    await file.write((tx) => tx.run('create table blobs (id integer primary key, data text)'))
    const full = file.write((tx) => tx.run('insert into blobs (data) values (?)', [large]))
    await expect(full).rejects.toMatchObject({ code: 'WAQ_STORAGE_FULL' })
    expect(database.states()).toMatchObject([
      { name: 'host', state: 'full', message: expect.stringMatching(/disk is full/) },
    ])
    const since = database.states()[0]?.since
    await expect(file.write((tx) => tx.run('insert into blobs (data) values (?)', [large]))).rejects.toMatchObject({
      code: 'WAQ_STORAGE_FULL',
    })
    expect(database.states()[0]?.since).toBe(since)
    await file.write((tx) => tx.run(insert, ['a', 1]))
    expect(database.states()).toMatchObject([{ name: 'host', state: 'open' }])
  })

  it('tells of each change once, to a listener that may write itself', async () => {
    const told: string[] = []
    let noting: Promise<unknown> = Promise.resolve()
    const database = storageIn(temporaryDirectory(), {
      maxPages: 40,
      changed({ name, state }) {
        told.push(`${name} ${state}`)
        // Refused if it counted as a part of the write that failed.
        if (state === 'full') noting = file.write((tx) => tx.run(insert, [`noted ${told.length}`, 1]))
      },
    })
    const file = await openItems(database)
    await file.write((tx) => tx.run('create table blobs (id integer primary key, data text)'))
    expect(told).toEqual([])
    for (let i = 0; i < 2; i++) {
      const tooMuch = file.write((tx) => tx.run('insert into blobs (data) values (?)', [large]))
      await expect(tooMuch).rejects.toMatchObject({ code: 'WAQ_STORAGE_FULL' })
      await noting
      await file.write((tx) => tx.run(insert, [`after ${i}`, 1]))
    }
    expect(told).toEqual(['host full', 'host open', 'host full', 'host open'])
    expect(await keysOf(file)).toEqual(['after 0', 'after 1', 'noted 1', 'noted 3'])
  })

  it('keeps nothing of a callback that goes on after the error', async () => {
    const file = await openItems(storageIn(temporaryDirectory(), { maxPages: 40 }))
    const stubborn = file.write(async (tx) => {
      await tx.run('create table blobs (id integer primary key, data text)')
      await tx.run('insert into blobs (data) values (?)', [large]).catch(() => {})
      await expect(tx.run(insert, ['a', 1])).rejects.toMatchObject({ code: 'WAQ_STORAGE_FULL' })
    })
    await expect(stubborn).rejects.toMatchObject({ code: 'WAQ_STORAGE_FULL' })
    expect(await keysOf(file)).toEqual([])
  })
})

describe('a full disk', () => {
  it('loses nothing that was acknowledged, and writing goes on when there is room', async (test) => {
    const disk = smallDisk(2)
    if (!disk) return test.skip()
    const database = storageIn(disk)
    const file = await openItems(database)
    await file.write((tx) => tx.run('create table blobs (id integer primary key, data text)'))
    writeFileSync(join(disk, 'something-else'), Buffer.alloc(700_000))

    const acknowledged: number[] = []
    const fill = async () => {
      for (let id = 0; ; id++) {
        await file.write((tx) => tx.run('insert into blobs values (?, ?)', [id, 'x'.repeat(20_000)]))
        acknowledged.push(id)
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'WAQ_STORAGE_FULL' })
    expect(database.states()).toMatchObject([{ state: 'full' }])
    expect(acknowledged.length).toBeGreaterThan(0)
    expect(await file.all('select id from blobs')).toEqual(acknowledged.map((id) => ({ id })))

    rmSync(join(disk, 'something-else'))
    await file.write((tx) => tx.run(insert, ['a', 1]))
    expect(database.states()).toMatchObject([{ state: 'open' }])
    expect(await file.get('select integrity_check from pragma_integrity_check')).toEqual({
      integrity_check: 'ok',
    })
  })

  it('is told when there is no room for a new file or a copy', async (test) => {
    const disk = smallDisk(1)
    if (!disk) return test.skip()
    const elsewhere = storageIn(temporaryDirectory())
    const file = await openItems(elsewhere)
    await file.write((tx) => tx.run('create table blobs (data blob)'))
    await file.write((tx) => tx.run('insert into blobs values (zeroblob(2000000))'))
    await expect(elsewhere.backup('host', join(disk, 'copy.db'))).rejects.toMatchObject({ code: 'WAQ_STORAGE_FULL' })
    expect(elsewhere.states()).toMatchObject([{ state: 'open' }])

    mkdirSync(join(disk, 'data'))
    writeFileSync(join(disk, 'filler'), Buffer.alloc(1024 * 1024 - 4096))
    const told: string[] = []
    const database = storageIn(join(disk, 'data'), { changed: ({ state }) => told.push(state) })
    await expect(database.open('host')).rejects.toMatchObject({ code: 'WAQ_STORAGE_FULL' })
    expect(database.states()).toMatchObject([{ state: 'full' }])
    rmSync(join(disk, 'filler'))
    expect(await keysOf(await openItems(database))).toEqual([])
    expect(told).toEqual(['full', 'open'])
  })
})

/** Runs the writing child under a command that spoils its disk, and compares what it acknowledged with what is there. */
async function compareAfter(
  command: string,
  ...args: string[]
): Promise<{ end: string; acknowledged: number[]; kept: number[] }> {
  const directory = temporaryDirectory()
  const ran = spawnSync(command, [...args, process.execPath, child, directory, '0', '500'], { encoding: 'utf8' })
  const lines = ran.stdout.trim().split('\n')
  const end = lines.pop() ?? ''
  const file = await storageIn(directory).open('host')
  const rows = await file.all<{ id: number; n: number }>('select id, count(*) n from pairs group by id order by id')
  expect(rows.filter((it) => it.n !== 2)).toEqual([])
  return { end, acknowledged: lines.map(Number).sort((a, b) => a - b), kept: rows.map((it) => it.id) }
}

function canTrace(): boolean {
  return spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0
}

describe('a disk that reports errors', () => {
  it.runIf(process.platform === 'linux')('fails the write and keeps exactly what was acknowledged', async () => {
    // A limit on the size of files makes the kernel refuse a write in the middle, as a failing disk does.
    const { end, acknowledged, kept } = await compareAfter('bash', '-c', 'ulimit -f 400; exec "$0" "$@"')
    expect(end).toMatch(/^failed WAQ_STORAGE_(FAILED failed|FULL full)$/)
    expect(acknowledged.length).toBeGreaterThan(0)
    expect(kept).toEqual(acknowledged)
  })

  it.runIf(canTrace()).each(['40', '90+'])('keeps nothing of a commit whose sync failed (fsync %s)', async (when) => {
    const calls = 'trace=fsync,fdatasync'
    const inject = `inject=fsync,fdatasync:error=EIO:when=${when}`
    const { end, acknowledged, kept } = await compareAfter(
      'strace',
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      calls,
      '-e',
      inject,
    )
    expect(end).toBe('failed WAQ_STORAGE_FAILED failed')
    expect(acknowledged.length).toBeGreaterThan(0)
    expect(kept).toEqual(acknowledged)
  })
})
