import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { BACKUP_MANIFEST, BackupManifest } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { describe, expect, it } from 'vitest'
import { listBackups, makeBackup } from './contract.ts'
import { BackupTest, rowsIn, smallDisk, temporaryDirectory } from './fixtures/start-backup.ts'

const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const Branding = z.object({ title: z.string().default('') })

function manifestOf(path: string): BackupManifest {
  return BackupManifest.parse(JSON.parse(readFileSync(join(path, BACKUP_MANIFEST), 'utf8')))
}

describe('a backup', () => {
  it('holds every database and every settings document, for nobody else to read, and says what it holds', async () => {
    await using it = await BackupTest.start()
    const [host, shop] = [await it.writer('host'), await it.writer('shop')]
    await Promise.all([host(1), shop(2)])
    await it.settings.document('branding', Branding).update(() => ({ title: 'Shop' }))
    writeFileSync(join(it.data, 'local-key'), 'secret')
    mkdirSync(join(it.data, 'instances/shop/session'), { recursive: true })
    writeFileSync(join(it.data, 'instances/shop/session/cookies'), 'secret')
    writeFileSync(join(it.data, 'instances/shop/outbox-epoch'), '7')

    const made = await it.test.run(makeBackup, {})
    expect(made).toMatchObject({ files: 4, path: join(it.data, 'backups', made.name) })
    expect(made.name).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/)
    const found = (readdirSync(made.path, { recursive: true }) as string[]).map((path) => path.replaceAll(sep, '/'))
    expect(found.sort()).toEqual([
      'host.db',
      'instances',
      'instances/default',
      'instances/default/waqtor.db',
      'instances/shop',
      'instances/shop/waqtor.db',
      'manifest.json',
      'settings',
      'settings/branding.json',
    ])
    expect([rowsIn(join(made.path, 'host.db')), rowsIn(join(made.path, 'instances/shop/waqtor.db'))]).toEqual([
      [1],
      [2],
    ])
    const { version, files } = manifestOf(made.path)
    expect(version).toBe('1.2.3')
    expect(files.map((file) => file.integrity)).toEqual(['ok', 'ok', 'ok', null])
    expect(made.bytes).toBe(files.reduce((sum, file) => sum + statSync(join(made.path, file.name)).size, 0))
    if (process.platform === 'win32') return
    for (const path of ['', ...found].map((name) => join(made.path, name)))
      expect([path, statSync(path).mode & 0o777]).toEqual([path, statSync(path).isDirectory() ? 0o700 : 0o600])
  })

  it('made while everybody writes has each row of the moment in which it was asked for', async () => {
    await using it = await BackupTest.start()
    const write = await it.writer('shop')
    await Promise.all(range(500).map((n) => write(n, 'x'.repeat(2_000))))
    let done = false
    const making = it.test.run(makeBackup, {}).finally(() => {
      done = true
    })
    let next = 500
    while (!done) await write(next++, 'x'.repeat(2_000))
    const rows = rowsIn(join((await making).path, 'instances/shop/waqtor.db'))
    expect(next).toBeGreaterThan(501)
    // Without a gap: what is missing was written after all of what is there.
    expect(rows).toEqual(range(rows.length))
    expect(rows.length).toBeGreaterThanOrEqual(500)
  })

  it('leaves out an account that was deleted meanwhile, and does not bring it back', async () => {
    await using it = await BackupTest.start()
    const open = it.database.open.bind(it.database)
    it.database.open = async (name) => {
      if (name === 'shop') it.accounts.delete('shop')
      return open(name === 'shop' ? 'host' : name)
    }
    const made = await it.test.run(makeBackup, {})
    expect(manifestOf(made.path).files.map((file) => file.name)).toEqual(['host.db', 'instances/default/waqtor.db'])
    expect(readdirSync(join(it.data, 'instances'))).toEqual(['default'])
  })

  it('B6: cannot be called what would lead anywhere else', async () => {
    await using it = await BackupTest.start()
    const before = readdirSync(it.data)
    const names = [
      '',
      '.',
      '..',
      '../x',
      'a/b',
      'a\\b',
      '/tmp/x',
      'a.part',
      'C:',
      'a\0',
      'Ä',
      '-x',
      'X',
      'x'.repeat(64),
    ]
    for (const name of [...names, '2026-01-01T00-00-00-000Z', { toString: () => 'x' } as unknown as string])
      await expect(it.test.run(makeBackup, { name })).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    await expect(it.test.run(makeBackup, { to: '/tmp' } as object)).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    expect(readdirSync(it.data)).toEqual(before)
  })

  it('takes no name twice, and nobody makes two at once', async () => {
    await using it = await BackupTest.start()
    const [first, second] = await Promise.allSettled([
      it.test.run(makeBackup, { name: 'mine' }),
      it.test.run(makeBackup, {}),
    ])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ reason: { code: 'WAQ_CONFLICT', status: 409 } })
    await expect(it.test.run(makeBackup, { name: 'mine' })).rejects.toMatchObject({ code: 'WAQ_CONFLICT' })
    expect(readdirSync(join(it.data, 'backups'))).toEqual(['mine'])
  })

  it('stays as many as asked for; those with a name, and what is no backup, are never deleted', async () => {
    await using it = await BackupTest.start({ keep: 2, directory: 'kept' })
    const named = await it.test.run(makeBackup, { name: 'before-upgrade' })
    writeFileSync(join(it.data, 'kept', 'notes.txt'), 'mine')
    const made: string[] = []
    for (let i = 0; i < 4; i++) made.push((await it.test.run(makeBackup, {})).name)
    expect(readdirSync(join(it.data, 'kept')).sort()).toEqual([...made.slice(2), named.name, 'notes.txt'].sort())
  })

  it('clears away what a crash has left of another one', async () => {
    await using it = await BackupTest.start()
    for (const part of ['2026-01-01T00-00-00-000Z.part', 'mine.part', 'film.part'])
      mkdirSync(join(it.data, 'backups', part, 'instances'), { recursive: true })
    await it.test.run(makeBackup, { name: 'mine' })
    expect(readdirSync(join(it.data, 'backups')).sort()).toEqual(['film.part', 'mine'])
  })

  it('is for those who may, and leaves nothing behind in the process', async () => {
    const before = snapshot()
    {
      await using it = await BackupTest.start()
      await it.test.run(makeBackup, {})
      for (const { id } of [makeBackup, listBackups])
        await expect(it.test.kernel.commands.execute(id, {}, { principal: null })).rejects.toMatchObject({
          status: 401,
        })
    }
    expect(await leftBehind(before, () => snapshot())).toEqual([])
  })
})

describe('the list of backups', () => {
  it('is newest first, and finds every damage when it is told to look', async () => {
    await using it = await BackupTest.start()
    expect(await it.test.run(listBackups, {})).toEqual({ items: [] })
    await (await it.writer('shop'))(1)
    const names = ['whole', 'flipped', 'short', 'missing', 'without-manifest', 'with-half-a-manifest']
    const paths: string[] = []
    for (const name of names) paths.push((await it.test.run(makeBackup, { name })).path)
    const database = 'instances/shop/waqtor.db'
    const bytes = readFileSync(join(paths[1]!, database))
    bytes[5_000]! ^= 1
    writeFileSync(join(paths[1]!, database), bytes)
    truncateSync(join(paths[2]!, database), 4_096)
    rmSync(join(paths[3]!, database))
    rmSync(join(paths[4]!, BACKUP_MANIFEST))
    truncateSync(join(paths[5]!, BACKUP_MANIFEST), 100)

    const { items } = await it.test.run(listBackups, { verify: true })
    expect(Object.fromEntries(items.map(({ name, verified, problem }) => [name, [verified, problem]]))).toEqual({
      whole: [true, null],
      flipped: [false, expect.stringContaining('is not what was written')],
      short: [false, expect.stringContaining('4096 bytes instead of')],
      missing: [false, expect.stringContaining('cannot be read')],
      'without-manifest': [false, expect.stringContaining(BACKUP_MANIFEST)],
      'with-half-a-manifest': [false, expect.stringContaining(BACKUP_MANIFEST)],
    })
    const quick = (await it.test.run(listBackups, {})).items
    expect(quick.map(({ name, verified }) => [name, verified])).toEqual(
      ['missing', 'short', 'flipped', 'whole', 'without-manifest', 'with-half-a-manifest'].map((name) => [name, null]),
    )
    expect(quick[0]).toMatchObject({ version: '1.2.3', files: 3, createdAt: expect.any(Number), problem: null })
  })
})

describe('a disk with too little room', () => {
  it('is not filled up, because sending needs it', async (test) => {
    const disk = smallDisk('size=32m')
    if (!disk) return test.skip()
    await using it = await BackupTest.start({ directory: join(disk, 'backups') })
    await expect(it.test.run(makeBackup, {})).rejects.toMatchObject({
      code: 'WAQ_STORAGE_FULL',
      message: expect.stringMatching(/would take 6\d MB .* 32 MB are free/),
    })
    expect(readdirSync(join(disk, 'backups'))).toEqual([])
  })

  it('is told when it ends in the middle, and keeps nothing by halves', async (test) => {
    const disk = smallDisk('size=80m')
    if (!disk) return test.skip()
    await using it = await BackupTest.start({ directory: join(disk, 'backups') })
    await (await it.writer('shop'))(1, 'x'.repeat(2_000_000))
    const backup = it.database.backup.bind(it.database)
    it.database.backup = async (name, to) => {
      // Somebody else needs the room that was there.
      if (name === 'shop') writeFileSync(join(disk, 'filler'), Buffer.alloc(79 * 1024 * 1024))
      await backup(name, to)
    }
    await expect(it.test.run(makeBackup, {})).rejects.toMatchObject({
      code: 'WAQ_STORAGE_FULL',
      message: expect.stringContaining('disk is full'),
    })
    expect(readdirSync(join(disk, 'backups'))).toEqual([])
    rmSync(join(disk, 'filler'))
    it.database.backup = backup
    expect((await it.test.run(makeBackup, {})).files).toBe(3)
    expect(it.database.states().map(({ state }) => state)).toEqual(['open', 'open', 'open'])
  })

  it('where nothing can be made is told with its path', async () => {
    const directory = join(temporaryDirectory(), 'file')
    writeFileSync(directory, '')
    await using it = await BackupTest.start({ directory })
    await expect(it.test.run(makeBackup, {})).rejects.toMatchObject({
      code: 'WAQ_STORAGE_FAILED',
      message: expect.stringContaining(directory),
    })
  })
})
