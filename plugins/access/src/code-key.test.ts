import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CodeKey, findDigest, KEY_FILE } from './code-key.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-code-key-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('D7: the key of the codes', () => {
  it('is drawn once, for its owner alone to read', async () => {
    const first = await CodeKey.open(directory)
    const second = await CodeKey.open(directory)
    expect([first.drawn, second.drawn]).toEqual([true, false])
    expect(second.key.id).toBe(first.key.id)
    expect(second.key.digest('402918')).toEqual(first.key.digest('402918'))
    expect(await readdir(directory)).toEqual([KEY_FILE])
    expect((await stat(join(directory, KEY_FILE))).mode & 0o777).toBe(0o600)
  })

  it('makes digests that another key, or none, does not make', async () => {
    const { key } = await CodeKey.open(directory)
    const other = new CodeKey(randomBytes(32))
    expect(key.digest('402918')).toHaveLength(32)
    expect(key.digest('402918')).not.toEqual(other.digest('402918'))
    expect(key.digest('402918')).not.toEqual(createHash('sha256').update('402918').digest())
    expect(key.id).not.toBe(other.id)
    const stored = (await readFile(join(directory, KEY_FILE), 'utf8')).trim()
    expect(stored).not.toContain(key.id)
  })

  it('is taken back from others who could read it', async () => {
    await CodeKey.open(directory)
    await chmod(join(directory, KEY_FILE), 0o644)
    await CodeKey.open(directory)
    expect((await stat(join(directory, KEY_FILE))).mode & 0o777).toBe(0o600)
  })

  it.each(['', 'not a key', 'ab'.repeat(31)])(
    'is not overwritten when the file holds something else: %j',
    async (text) => {
      await writeFile(join(directory, KEY_FILE), text)
      await expect(CodeKey.open(directory)).rejects.toMatchObject({
        code: 'WAQ_CONFIG_INVALID',
        message: expect.stringContaining('put the right file back, or remove it'),
      })
      expect(await readFile(join(directory, KEY_FILE), 'utf8')).toBe(text)
    },
  )

  it('is not read from where a link leads', async () => {
    await writeFile(join(directory, 'elsewhere'), 'ab'.repeat(32))
    await symlink(join(directory, 'elsewhere'), join(directory, KEY_FILE))
    await expect(CodeKey.open(directory)).rejects.toMatchObject({ code: 'WAQ_CONFIG_INVALID' })
  })

  it('leaves no draft behind where it cannot be written', async () => {
    await expect(CodeKey.open(join(directory, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await readdir(directory)).toEqual([])
  })
})

it('a digest is found wherever it stands, and only when it is there', () => {
  const key = new CodeKey(randomBytes(32))
  const entries = ['1235', '402918', '998877'].map((code) => ({ code, digest: key.digest(code) }))
  for (const { code } of entries) expect(findDigest(entries, key.digest(code))?.code).toBe(code)
  expect(findDigest(entries, key.digest('402919'))).toBeUndefined()
  expect(findDigest([], key.digest('402918'))).toBeUndefined()
})
