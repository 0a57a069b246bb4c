import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
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
  it('is the same after a restart', async () => {
    const first = await CodeKey.open(directory)
    const second = await CodeKey.open(directory)
    expect([first.drawn, second.drawn]).toEqual([true, false])
    expect(second.key.id).toBe(first.key.id)
    expect(second.key.digest('402918')).toEqual(first.key.digest('402918'))
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
})

it('a digest is found wherever it stands, and only when it is there', () => {
  const key = new CodeKey(randomBytes(32))
  const entries = ['1235', '402918', '998877'].map((code) => ({ code, digest: key.digest(code) }))
  for (const { code } of entries) expect(findDigest(entries, key.digest(code))?.code).toBe(code)
  expect(findDigest(entries, key.digest('402919'))).toBeUndefined()
  expect(findDigest([], key.digest('402918'))).toBeUndefined()
})
