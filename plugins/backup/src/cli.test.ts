import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { testCli } from '@waqtor/contracts/testing'
import { describe, expect, it } from 'vitest'
import { differenceIn, readManifest } from './backup-folder.ts'
import { run } from './cli.ts'
import { BackupTest, rowsIn, smallDisk, temporaryDirectory } from './fixtures/start-backup.ts'

/** Runs `waqtor backup …` against a real registry. */
async function backup(test: BackupTest, argv: readonly string[], json = false) {
  const resolvePath = (path: string) => resolve(test.data, 'user', path)
  const { io, printed, noted } = testCli(test.test.kernel, { json, dataDirectory: test.data, resolvePath })
  return { code: await run(argv, io), printed, noted }
}

describe('waqtor backup', () => {
  it('prints where the backup lies, and how to put it back', async () => {
    await using test = await BackupTest.start()
    const { code, printed, noted } = await backup(test, ['--name', 'mine'])
    expect([code, printed]).toEqual([0, [join(test.data, 'backups/mine')]])
    expect(noted.join('\n')).toContain(`3 files, 0.0 MB. Put it back with: waqtor restore ${printed[0]}`)
    const json = await backup(test, [], true)
    expect(JSON.parse(json.printed[0]!)).toMatchObject({ files: 3, bytes: expect.any(Number) })
    expect(json.noted).toEqual([])
  })

  it('copies it into any directory of the person, whole, for nobody else to read', async () => {
    await using test = await BackupTest.start()
    await (await test.writer('shop'))(7)
    const { code, printed } = await backup(test, ['--name', 'mine', '--to', 'far/away'])
    const copy = join(test.data, 'user/far/away/mine')
    expect([code, printed]).toEqual([0, [copy]])
    expect(await differenceIn(copy, await readManifest(copy))).toBeUndefined()
    expect(rowsIn(join(copy, 'instances/shop/waqtor.db'))).toEqual([7])
    expect(readdirSync(join(test.data, 'user/far/away'))).toEqual(['mine'])
    if (process.platform === 'win32') return
    for (const path of ['', 'instances/shop']) expect(statSync(join(copy, path)).mode & 0o777).toBe(0o700)
    for (const path of ['manifest.json', 'host.db']) expect(statSync(join(copy, path)).mode & 0o777).toBe(0o600)
  })

  it('keeps the backup where it was made when it cannot be copied, and says where', async () => {
    await using test = await BackupTest.start()
    mkdirSync(join(test.data, 'user/taken'), { recursive: true })
    writeFileSync(join(test.data, 'user/taken/one'), '')
    writeFileSync(join(test.data, 'user/file'), '')
    const wanted = (name: string) => expect.stringContaining(`lies in '${join(test.data, 'backups', name)}'`)
    await expect(backup(test, ['--name', 'one', '--to', 'taken'])).rejects.toMatchObject({
      code: 'WAQ_CONFLICT',
      message: wanted('one'),
    })
    await expect(backup(test, ['--name', 'two', '--to', 'file'])).rejects.toMatchObject({
      code: 'WAQ_STORAGE_FAILED',
      message: wanted('two'),
    })
    expect(readdirSync(join(test.data, 'backups')).sort()).toEqual(['one', 'two'])
  })

  it('leaves nothing by halves on a disk that is full', async (context) => {
    const disk = smallDisk('size=1m')
    if (!disk) return context.skip()
    await using test = await BackupTest.start()
    await (await test.writer('shop'))(1, 'x'.repeat(2_000_000))
    const io = backup(test, ['--name', 'big', '--to', disk])
    await expect(io).rejects.toMatchObject({
      code: 'WAQ_STORAGE_FULL',
      message: expect.stringContaining('disk is full'),
    })
    expect(readdirSync(disk)).toEqual([])
  })

  it.each([[['--help']], [['--nonsense']], [['extra']], [['--to', '']], [['--to']]])(
    'explains itself: %j',
    async (argv) => {
      await using test = await BackupTest.start({}, temporaryDirectory())
      const { code, printed, noted } = await backup(test, argv)
      expect(code).toBe(argv[0] === '--help' ? 0 : 2)
      expect([...printed, ...noted].join('\n')).toContain('waqtor backup [--name')
      expect(readdirSync(test.data)).not.toContain('backups')
    },
  )
})
