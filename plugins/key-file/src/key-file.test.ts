import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openKeyFile } from './key-file.ts'

const NAME = 'test-key'
let directory: string
let path: string
const openKey = () => openKeyFile(path, 'nothing opens then')
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-key-file-'))
  path = join(directory, NAME)
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('D13: a key file', () => {
  it('is drawn once, for its owner alone to read', async () => {
    const first = await openKey()
    const second = await openKey()
    expect([first.drawn, second.drawn]).toEqual([true, false])
    expect(first.key).toHaveLength(32)
    expect(second.key).toEqual(first.key)
    expect(await readdir(directory)).toEqual([NAME])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('holds another key in every directory', async () => {
    const first = await openKey()
    await rm(path)
    const second = await openKey()
    expect(second.drawn).toBe(true)
    expect(second.key).not.toEqual(first.key)
  })

  it('is taken back from others who could read it', async () => {
    const { key } = await openKey()
    await chmod(path, 0o644)
    expect((await openKey()).key).toEqual(key)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it.each(['', 'not a key', 'ab'.repeat(31)])('is not overwritten when it holds something else: %j', async (text) => {
    await writeFile(path, text)
    await expect(openKey()).rejects.toMatchObject({
      code: 'WAQ_CONFIG_INVALID',
      message: expect.stringContaining('put the right file back, or remove it; nothing opens then'),
    })
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('is not read from where a link leads', async () => {
    await writeFile(join(directory, 'elsewhere'), 'ab'.repeat(32))
    await symlink(join(directory, 'elsewhere'), path)
    await expect(openKey()).rejects.toMatchObject({ code: 'WAQ_CONFIG_INVALID' })
  })

  it('leaves no draft behind where it cannot be written', async () => {
    path = join(directory, 'missing', NAME)
    await expect(openKey()).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await readdir(directory)).toEqual([])
  })
})
