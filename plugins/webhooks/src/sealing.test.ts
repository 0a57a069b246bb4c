import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KEY_FILE, readKey, SecretBox } from './sealing.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-sealing-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('SecretBox', () => {
  const box = new SecretBox(Buffer.alloc(32, 1))

  it('opens what it sealed, and only for the same owner', () => {
    const sealed = box.seal('whsec_مرحبا', 'whk_1')
    expect(sealed).not.toContain('whsec')
    expect(box.open(sealed, 'whk_1')).toBe('whsec_مرحبا')
    expect(box.open(sealed, 'whk_2')).toBeUndefined()
    expect(box.seal('a', 'whk_1')).not.toBe(box.seal('a', 'whk_1'))
    expect(box.open(box.seal('', 'whk_1'), 'whk_1')).toBe('')
  })

  it('does not open what was changed, cut short, or sealed with another key', () => {
    const sealed = Buffer.from(box.seal('secret', 'o'), 'base64')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(box.open(changed.toString('base64'), 'o')).toBeUndefined()
    }
    for (const length of [0, 5, 12, 20, sealed.length - 1])
      expect(box.open(sealed.subarray(0, length).toString('base64'), 'o')).toBeUndefined()
    expect(new SecretBox(Buffer.alloc(32, 2)).open(sealed.toString('base64'), 'o')).toBeUndefined()
  })
})

describe('D13: the key', () => {
  it('is drawn once, stays, and is for this user alone', async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, () => readKey(directory)))
    for (const key of keys) expect(key).toEqual(keys[0])
    expect(keys[0]).toHaveLength(32)
    const path = join(directory, KEY_FILE)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await chmod(path, 0o644)
    expect(await readKey(directory)).toEqual(keys[0])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is not replaced when it is no key: what was sealed would be lost', async () => {
    await writeFile(join(directory, KEY_FILE), 'nonsense\n')
    await expect(readKey(directory)).rejects.toThrow(/holds no key: put the right file back, or remove it/)
    expect(await readFile(join(directory, KEY_FILE), 'utf8')).toBe('nonsense\n')
    await expect(readKey(join(directory, 'nowhere'))).rejects.toThrow('ENOENT')
  })
})
