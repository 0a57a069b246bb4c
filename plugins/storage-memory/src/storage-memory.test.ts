import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database } from '@waqtor/contracts'
import { leftBehind, snapshot, testKernel } from '@waqtor/kernel/testing'
import { databaseContract, type StorageUnderTest } from '@waqtor/sqlite-engine/testing'
import { describe, expect, it, vi } from 'vitest'
import memory from './index.ts'

async function start(): Promise<StorageUnderTest> {
  const test = await testKernel({ plugins: [memory()] })
  return { database: test.service(Database), [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() }
}

describe('storage-memory', () => {
  describe('as every Database', () => {
    for (const { name, run } of databaseContract) it(name, () => run(start))
  })

  it('leaves no file, handle or directory behind', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'waqtor-own-'))
    vi.stubEnv('TMPDIR', temporary)
    vi.stubEnv('TEMP', temporary)
    try {
      const before = snapshot()
      for (let i = 0; i < 3; i++) {
        await using storage = await start()
        const file = await storage.database.open('host')
        await file.write((tx) => tx.run('create table t (v text)'))
        expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^waqtor-memory-/)])
      }
      expect(readdirSync(temporary)).toEqual([])
      expect(await leftBehind(before, () => snapshot())).toEqual([])
    } finally {
      rmSync(temporary, { recursive: true })
    }
  })

  it('gives two kernels in one process a storage each', async () => {
    await using first = await start()
    await using second = await start()
    const file = await first.database.open('host')
    await file.write((tx) => tx.run('create table t (v text)'))
    const other = await second.database.open('host')
    expect(await other.get(`select 1 from sqlite_schema where name = 't'`)).toBeUndefined()
  })
})
