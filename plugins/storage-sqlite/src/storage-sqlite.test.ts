import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, HostInfo, storageState } from '@waqtor/contracts'
import { fake, leftBehind, snapshot, type TestKernel, testKernel } from '@waqtor/kernel/testing'
import { databaseContract, type StorageUnderTest } from '@waqtor/sqlite-engine/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import sqlite from './index.ts'

let data: string

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'waqtor-data-'))
})

afterEach(() => {
  rmSync(data, { recursive: true })
})

function startKernel(config?: Parameters<typeof sqlite>[0]): Promise<TestKernel> {
  return testKernel({ plugins: [sqlite(config)], fakes: [fake(HostInfo, { dataDirectory: data })] })
}

async function start(): Promise<StorageUnderTest> {
  const test = await startKernel()
  return { database: test.service(Database), [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() }
}

describe('storage-sqlite', () => {
  describe('as every Database', () => {
    for (const { name, run } of databaseContract) it(name, () => run(start))
  })

  it('shows which file is fine and which is damaged, to those who may know', async () => {
    await using test = await startKernel()
    const database = test.service(Database)
    await database.open('shop')
    await database.close('shop')
    writeFileSync(join(data, 'instances/shop/waqtor.db'), 'not a database at all, however one looks at it')
    await expect(database.open('shop')).rejects.toMatchObject({ code: 'WAQ_STORAGE_CORRUPT' })
    await database.open('host')
    const { items } = await test.run(storageState, {})
    expect(Object.fromEntries(items.map((it) => [it.name, it.state]))).toEqual({ host: 'open', shop: 'corrupt' })
    await expect(test.run(storageState, {}, { principal: null })).rejects.toMatchObject({ status: 401 })
  })

  it("lays out the host's file and a directory per instance, closed to other users", async () => {
    await using storage = await start()
    await Promise.all([storage.database.open('host'), storage.database.open('shop')])
    expect(readdirSync(data).filter((it) => !it.includes('db-'))).toEqual(['host.db', 'instances'])
    if (process.platform === 'win32') return
    expect(statSync(join(data, 'host.db')).mode & 0o777).toBe(0o600)
    expect(statSync(join(data, 'instances')).mode & 0o777).toBe(0o700)
    expect(statSync(join(data, 'instances/shop')).mode & 0o777).toBe(0o700)
    for (const file of readdirSync(join(data, 'instances/shop'))) {
      expect(statSync(join(data, 'instances/shop', file)).mode & 0o777).toBe(0o600)
    }
  })

  it('finds after a restart what was written before, and leaves no handle behind', async () => {
    const before = snapshot()
    {
      await using storage = await start()
      const file = await storage.database.open('shop')
      await file.write((tx) => tx.run('create table t (v text)'))
      // Not awaited: closing the plugin waits for what was asked for.
      void file.write((tx) => tx.run(`insert into t values ('kept')`))
    }
    expect(await leftBehind(before, () => snapshot())).toEqual([])
    expect(readdirSync(join(data, 'instances/shop'))).toEqual(['waqtor.db'])
    await using storage = await start()
    const file = await storage.database.open('shop')
    expect(await file.all('select v from t')).toEqual([{ v: 'kept' }])
  })

  it('takes another directory from its config, relative to the data directory', async () => {
    await using test = await startKernel({ directory: 'elsewhere' })
    await test.service(Database).open('host')
    expect(readdirSync(join(data, 'elsewhere'))).toContain('host.db')
  })

  it('refuses options that it does not know, before anything starts', async () => {
    const config = { directory: 'x', busyLimit: 1 } as unknown as Parameters<typeof sqlite>[0]
    await expect(startKernel(config)).rejects.toThrow(/busyLimit/)
    expect(readdirSync(data)).toEqual([])
  })

  it('says which file is damaged, in the state and in the log, and opens nothing after it closed', async () => {
    writeFileSync(join(data, 'host.db'), 'this was a database once')
    const test = await startKernel()
    const database = test.service(Database)
    await expect(database.open('host')).rejects.toMatchObject({ code: 'WAQ_STORAGE_CORRUPT' })
    expect(database.states()).toMatchObject([{ name: 'host', state: 'corrupt' }])
    expect(test.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining(join(data, 'host.db')) }),
    )
    await test.kernel.close()
    await expect(database.open('shop')).rejects.toMatchObject({ code: 'WAQ_STORAGE_CLOSED' })
  })
})
