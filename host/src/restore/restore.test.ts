import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { BACKUP_MANIFEST, type BackupFile, type BackupManifest } from '@waqtor/contracts'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { main } from '../cli/main.ts'
import { exitCodes } from '../exit-codes.ts'
import { makeDatabase, markOf, sha256, writeBackup } from '../testing/backup.ts'
import { fakeWorld } from '../testing/fake-world.ts'
import { configOf, plugins } from '../testing/plugins.ts'
import { makeProject, type Project } from '../testing/project.ts'
import { waqtor } from '../testing/waqtor-process.ts'
import { readBackup } from './backup-source.ts'
import { stageBackup } from './stage.ts'
import { carryOut, decide, finishRestore, inTheWay, movesOf, stagingIn } from './swap.ts'

const signal = new AbortController().signal

/** A project with a backup whose files say `new`. */
function project(padding = 0): Project {
  const made = makeProject({ 'plugins.ts': plugins, 'waqtor.config.ts': configOf('clock()') })
  onTestFinished(() => made[Symbol.dispose]())
  writeBackup(made.path('backup'), 'new', padding)
  return made
}

/** Fills a data directory with a state that says `old`, and with what no backup holds. */
function fill(data: string): void {
  makeDatabase(join(data, 'host.db'), 'old')
  for (const id of ['default', 'other']) {
    makeDatabase(join(data, `instances/${id}/waqtor.db`), 'old')
    mkdirSync(join(data, `instances/${id}/session`))
    writeFileSync(join(data, `instances/${id}/session/cookies`), id)
    writeFileSync(join(data, `instances/${id}/outbox-epoch`), '7')
  }
  writeFileSync(join(data, 'host.db-wal'), '')
  writeFileSync(join(data, 'local-key'), 'key')
  mkdirSync(join(data, 'settings'))
  writeFileSync(join(data, 'settings/colors.json'), '{}')
}

async function run(it: Project, argv: readonly string[], options: { terminal?: boolean } = {}) {
  const world = fakeWorld(['restore', ...argv], { cwd: it.directory, ...options })
  return { code: await main(world), out: world.out.text, err: world.err.text }
}

/** Every file below a directory, with what it holds. */
function contentOf(directory: string): Record<string, string> {
  const paths = readdirSync(directory, { recursive: true }) as string[]
  const files = paths.filter((it) => statSync(join(directory, it)).isFile() && !it.startsWith('lock.'))
  return Object.fromEntries(files.sort().map((it) => [it, readFileSync(join(directory, it), 'base64')]))
}

function asideOf(it: Project): string {
  const [found, ...more] = readdirSync(it.directory).filter((name) => name.startsWith('data.before-restore-'))
  expect(more).toEqual([])
  return it.path(found!)
}

function expectNew(data: string): void {
  for (const name of ['host.db', 'instances/default/waqtor.db', 'instances/shop/waqtor.db'])
    expect(markOf(join(data, name))).toBe('new')
  expect(readdirSync(join(data, 'settings'))).toEqual(['branding.json'])
  expect(readdirSync(join(data, 'instances')).sort()).toEqual(['default', 'shop'])
  expect(existsSync(join(data, 'instances/default/outbox-epoch'))).toBe(false)
  for (const name of ['host.db-wal', 'restoring', 'restore.json']) expect(existsSync(join(data, name))).toBe(false)
}

describe('a restore', () => {
  test('into a new directory asks nothing, and tells what the next start does', async () => {
    const it = project()
    const { code, out } = await run(it, ['backup', '--data', 'fresh'])
    expect(code).toBe(exitCodes.ok)
    expectNew(it.path('fresh'))
    expect(out).toMatch(/1970-01-01T00:00:00.001Z, 4 files, in fresh\n/)
    expect(out).toMatch(/campaign is paused, with the reason "restored".*looked up in the chats.*keys list/s)
    expect(out).not.toContain('Put aside')
    expect(readdirSync(it.directory).filter((name) => name.includes('before-restore'))).toEqual([])
    if (process.platform === 'win32') return
    expect(statSync(it.path('fresh/host.db')).mode & 0o777).toBe(0o600)
    expect(statSync(it.path('fresh/instances/shop')).mode & 0o777).toBe(0o700)
  })

  test('puts aside what it replaces and nothing else: sessions of known accounts stay linked', async () => {
    const it = project()
    fill(it.path('data'))
    const { code, out } = await run(it, [it.path('backup'), '--yes', '--json'])
    expect(code).toBe(exitCodes.ok)
    expectNew(it.path('data'))
    expect(readFileSync(it.path('data/instances/default/session/cookies'), 'utf8')).toBe('default')
    expect(readFileSync(it.path('data/local-key'), 'utf8')).toBe('key')
    const aside = asideOf(it)
    expect(JSON.parse(out)).toMatchObject({ aside, backup: it.path('backup'), data: it.path('data'), files: 4 })
    expect(Object.keys(contentOf(aside))).toEqual([
      'host.db',
      'host.db-wal',
      'instances/default/outbox-epoch',
      'instances/default/waqtor.db',
      'instances/other/outbox-epoch',
      'instances/other/session/cookies',
      'instances/other/waqtor.db',
      'settings/colors.json',
    ])
    expect(markOf(join(aside, 'host.db'))).toBe('old')
  })

  test('finds a backup by its name, and can be done again: nothing that was put aside is touched', async () => {
    const it = project()
    mkdirSync(it.path('data'))
    mkdirSync(it.path('data/backups'))
    renameSync(it.path('backup'), it.path('data/backups/mine'))
    for (let i = 0; i < 3; i++) expect((await run(it, ['mine', '--yes'])).code).toBe(exitCodes.ok)
    expectNew(it.path('data'))
    expect(readdirSync(it.directory).filter((name) => name.startsWith('data.before-restore-'))).toHaveLength(2)
    expect(readdirSync(it.path('data/backups'))).toEqual(['mine'])
  })

  test('of what is there wants to be told so', async () => {
    const it = project()
    fill(it.path('data'))
    const before = contentOf(it.path('data'))
    const { code, err } = await run(it, ['backup'])
    expect(code).toBe(exitCodes.usage)
    expect(err).toContain('with --yes what is there is put aside, and nothing deleted')
    expect(contentOf(it.path('data'))).toEqual(before)
  })

  test('is refused while a host runs, before anything is touched', async () => {
    const it = project()
    await using host = waqtor(['start'], { cwd: it.directory })
    await host.out.seen(/"ready"/)
    const before = contentOf(it.path('data'))
    const { code, err } = await run(it, ['backup', '--yes'])
    expect(code).toBe(exitCodes.busy)
    expect(err).toMatch(/is in use by process \d+ .*waqtor start/)
    expect(contentOf(it.path('data'))).toEqual(before)
  })

  test('is refused where the config keeps its files elsewhere', async () => {
    const it = project()
    it.write(
      'waqtor.config.ts',
      `import { definePlugin, z } from '@waqtor/kernel'
       const storage = definePlugin({ name: 'storage-sqlite', config: z.object({ directory: z.string() }), setup() {} })
       export default { plugins: [storage({ directory: 'elsewhere' })] }`,
    )
    const { code, err } = await run(it, ['backup', '--yes'])
    expect([code, err]).toEqual([exitCodes.usage, expect.stringContaining("keep its files in 'elsewhere'")])
    const asked = await run(it, ['backup', '--data', 'new'])
    expect([asked.code, asked.err]).toEqual([exitCodes.ok, expect.stringContaining('move the files there')])
    it.write('waqtor.config.ts', 'this is no config')
    expect((await run(it, ['backup'])).code).toBe(exitCodes.ok)
  })

  test('puts aside inside the directory where nothing can be moved out of it', async (context) => {
    const it = project()
    mkdirSync(it.path('data'))
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return context.skip()
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', it.path('data')]).status !== 0)
      return context.skip()
    try {
      fill(it.path('data'))
      expect((await run(it, ['backup', '--yes'])).code).toBe(exitCodes.ok)
      expectNew(it.path('data'))
      const [aside] = readdirSync(it.path('data')).filter((name) => name.startsWith('before-restore-'))
      expect(markOf(it.path('data', aside!, 'host.db'))).toBe('old')

      // Room for the lock, and not for the copies.
      const { bavail, bsize } = statfsSync(it.path('data'))
      writeFileSync(it.path('data/filler'), Buffer.alloc(bavail * bsize - 24 * 1024))
      const before = contentOf(it.path('data'))
      const full = await run(it, ['backup', '--yes'])
      expect([full.code, full.err]).toEqual([
        exitCodes.failed,
        expect.stringMatching(/has room for \d+; nothing was changed/),
      ])
      expect(contentOf(it.path('data'))).toEqual(before)
    } finally {
      execFileSync('umount', [it.path('data')])
    }
  })
})

describe('a backup that is not whole is refused, and nothing is changed', () => {
  const flip = (path: string) => {
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(path, bytes)
  }
  const edit = (backup: string, change: (manifest: BackupManifest) => object) => {
    const path = join(backup, BACKUP_MANIFEST)
    writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')))))
  }
  /** What a backup of something damaged would be: the manifest tells the truth of it. */
  const replace = (backup: string, change: (bytes: Buffer) => Buffer) => {
    const bytes = change(readFileSync(join(backup, 'host.db')))
    writeFileSync(join(backup, 'host.db'), bytes)
    edit(backup, ({ files: [host, ...files], ...found }) => ({
      ...found,
      files: [{ ...host, bytes: bytes.length, sha256: sha256(bytes) }, ...files],
    }))
  }
  const another = (name: string) => (it: BackupManifest) => ({
    ...it,
    files: [...it.files, { ...it.files.at(-1)!, name } satisfies BackupFile],
  })

  test.each<[what: string, damage: (backup: string) => void, message: RegExp]>([
    ['a byte of a database is another', (it) => flip(join(it, 'instances/shop/waqtor.db')), /not what was written/],
    ['a byte of a document is another', (it) => flip(join(it, 'settings/branding.json')), /not what was written/],
    ['a file is missing', (it) => rmSync(join(it, 'host.db')), /'host.db' is missing/],
    ['a file is short', (it) => truncateSync(join(it, 'host.db'), 4_096), /4096 bytes instead of/],
    [
      'a file is a link',
      (it) => {
        renameSync(join(it, 'host.db'), `${it}.db`)
        symlinkSync(`${it}.db`, join(it, 'host.db'))
      },
      /'host.db' is missing/,
    ],
    ['the manifest is cut off', (it) => truncateSync(join(it, BACKUP_MANIFEST), 100), /cannot be read/],
    ['the manifest is missing', (it) => rmSync(join(it, BACKUP_MANIFEST)), /there is no .*manifest.json/],
    ['the manifest is empty', (it) => writeFileSync(join(it, BACKUP_MANIFEST), ''), /cannot be read/],
    ['the manifest is huge', (it) => truncateSync(join(it, BACKUP_MANIFEST), 40_000_000), /40000000 bytes/],
    ['the manifest is of something else', (it) => edit(it, () => ({ a: 1 })), /none of a backup of WaQtor/],
    ['the manifest is a list', (it) => writeFileSync(join(it, BACKUP_MANIFEST), '[null]'), /none of a backup/],
    ['the manifest is null', (it) => writeFileSync(join(it, BACKUP_MANIFEST), 'null'), /none of a backup/],
    [
      'the host is not in it',
      (it) => edit(it, (found) => ({ ...found, files: found.files.slice(1) })),
      /holds no 'host.db'/,
    ],
    ['a file is named twice', (it) => edit(it, another('host.db')), /names a file twice/],
    [
      'a database is damaged by what it says',
      (it) => replace(it, (bytes) => bytes.fill(0xff, 4_096, 4_196)),
      /'host.db' is damaged/,
    ],
    ['a database is none', (it) => replace(it, () => Buffer.from('hello')), /'host.db' is damaged/],
    ...['../x', '/etc/passwd', 'settings/../../x', 'instances/../host.db', 'instances/.././x/waqtor.db', 'a\0'].map(
      (name): [string, (backup: string) => void, RegExp] => [
        `a file is called ${JSON.stringify(name)}`,
        (it) => edit(it, another(name)),
        /is no file of a backup/,
      ],
    ),
  ])('because %s', async (_, damage, message) => {
    const it = project()
    fill(it.path('data'))
    const before = contentOf(it.path('data'))
    damage(it.path('backup'))
    const { code, err } = await run(it, ['backup', '--yes'])
    expect(err).toMatch(message)
    expect(err).toContain('nothing was changed')
    expect(code).toBe(exitCodes.failed)
    expect(contentOf(it.path('data'))).toEqual(before)
    expect(readdirSync(it.directory).filter((name) => name.includes('before-restore'))).toEqual([])
  })

  test.each([
    { version: '99.0.0' },
    { version: '1.10.0', files: 'another shape' },
    { format: 'waqtor-backup-2', version: '1.0.0', anything: true },
  ])('because a newer version made it: %o', async (more) => {
    const it = project()
    edit(it.path('backup'), (found) => ({ ...found, ...more }))
    const { code, err } = await run(it, ['backup', '--json'])
    expect([code, JSON.parse(err)]).toMatchObject([exitCodes.failed, { error: { code: 'WAQ_BACKUP_NEWER' } }])
    expect(err).toContain('Install that version')
    expect(existsSync(it.path('data'))).toBe(false)
  })
})

describe('a restore that is cut off', () => {
  /** A data directory where everything is decided, and nothing moved yet. */
  async function decided(into: 'filled' | 'empty') {
    const it = project()
    const data = it.path('data')
    mkdirSync(data)
    if (into === 'filled') fill(data)
    const source = await readBackup(it.path('backup'))
    await stageBackup(source, stagingIn(data), signal)
    const out = inTheWay(
      data,
      source.manifest.files.map((file) => file.name),
    )
    return { it, data, plan: decide(data, source, out, 0) }
  }

  test('after any of its steps is finished by the next one who takes the directory', async () => {
    const moves = movesOf('/x', (await decided('filled')).plan).length
    expect(moves).toBe(10)
    for (const into of ['filled', 'empty'] as const) {
      for (let done = 0; done <= moves; done++) {
        const { it, data, plan } = await decided(into)
        for (const { from, to } of movesOf(data, plan).slice(0, done)) {
          mkdirSync(dirname(to), { recursive: true })
          renameSync(from, to)
        }
        expect(finishRestore(data)).toContain('was interrupted and is finished now')
        expectNew(data)
        if (into === 'filled') expect(markOf(join(asideOf(it), 'host.db'))).toBe('old')
        expect(finishRestore(data)).toBeUndefined()
        it[Symbol.dispose]()
      }
    }
  })

  test('and cut off again and again ends as it should, wherever that is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(10), { maxLength: 4 }), async (cuts) => {
        const { it, data, plan } = await decided('filled')
        for (const cut of cuts)
          for (const { kind, from, to } of movesOf(data, plan).slice(0, cut)) {
            if (!existsSync(from) || (kind === 'out' && existsSync(to))) continue
            mkdirSync(dirname(to), { recursive: true })
            renameSync(from, to)
          }
        finishRestore(data)
        expectNew(data)
        expect(markOf(join(asideOf(it), 'instances/default/waqtor.db'))).toBe('old')
        it[Symbol.dispose]()
      }),
      { numRuns: 20 },
    )
  })

  test('before it was decided has changed nothing, and the next one says so', async () => {
    const { it, data } = await decided('filled')
    rmSync(join(data, 'restore.json'))
    expect(finishRestore(data)).toContain('interrupted before it changed anything')
    expect(markOf(join(data, 'host.db'))).toBe('old')
    expect(existsSync(stagingIn(data))).toBe(false)
    expect((await run(it, ['backup', '--yes'])).code).toBe(exitCodes.ok)
    expectNew(data)
  })

  test('is finished by the next start, before anything opens a file, which tells it in its log', async () => {
    const { it, data } = await decided('filled')
    await using host = waqtor(['start'], { cwd: it.directory })
    await host.out.seen(/was interrupted and is finished now; what was there before lies in '[^']*before-restore/)
    await host.out.seen(/"ready"/)
    expectNew(data)
  })

  test('moves nothing over anything, and goes on when that is mended', async () => {
    const { it, data, plan } = await decided('empty')
    writeFileSync(join(data, 'host.db'), 'somebody else')
    const refusal = expect.objectContaining({ code: 'WAQ_RESTORE_UNFINISHED', phase: 'config' })
    expect(() => carryOut(data, plan)).toThrow(refusal)
    const { code, err } = await run(it, ['backup', '--yes'])
    expect([code, err]).toEqual([exitCodes.config, expect.stringMatching(/host\.db' came there.*goes on by itself/)])
    expect(readFileSync(join(data, 'host.db'), 'utf8')).toBe('somebody else')
    rmSync(join(data, 'host.db'))
    finishRestore(data)
    expectNew(data)
    writeFileSync(join(data, 'restore.json'), '{')
    expect(() => finishRestore(data)).toThrow(refusal)
  })

  test('by kill -9, early and late, leaves the old state or the new one, whole', async () => {
    const ends = new Set<unknown>()
    const moments = ['restoring', 'restoring/instances/shop/waqtor.db', 'restore.json']
    // On a busy machine the kill may come late: then early ones are tried again.
    for (let i = 0; i < moments.length || (!ends.has('old') && i < 20); i++) {
      const until = moments[i % moments.length]!
      const it = project(8_000_000)
      const data = it.path('data')
      fill(data)
      await using restoring = waqtor(['restore', 'backup', '--yes'], { cwd: it.directory })
      const ended = restoring.ended.then(() => true)
      while (!existsSync(join(data, until))) if (await Promise.race([ended, turn()])) break
      restoring.kill('SIGKILL')
      await ended
      await using host = waqtor(['start'], { cwd: it.directory })
      await host.out.seen(/"ready"/)
      const mark = markOf(join(data, 'host.db'))
      ends.add(mark)
      if (mark === 'new') expectNew(data)
      else expect(markOf(join(data, 'instances/other/waqtor.db'))).toBe('old')
      expect(readdirSync(data)).not.toContain('restoring')
      it[Symbol.dispose]()
    }
    expect(ends).toEqual(new Set(['old', 'new']))
  })
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
