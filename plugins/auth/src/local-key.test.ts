import { chmod, lstat, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Authentication, Database, HostInfo } from '@waqtor/contracts'
import { fake, testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { describe, expect, it } from 'vitest'
import { headers, startAuth, temporaryDirectory } from './fixtures/start-auth.ts'
import auth, { listKeys, revokeKey } from './index.ts'

/** Starts the plugin again and again on the same database and data directory, as a host does. */
async function restarts(options: readonly HostInfo['options'][], look: (round: Round) => Promise<void>): Promise<void> {
  await using directory = await temporaryDirectory()
  await using outer = await testKernel({ plugins: [memory()] })
  const database = outer.service(Database)
  // The database outlives the plugin's kernel; migrations run again as they would at every start.
  for (const [index, round] of options.entries()) {
    const host = { dataDirectory: directory.path, version: '1.0.0', options: round, isReady: () => true }
    await using test = await testKernel({
      plugins: [auth()],
      fakes: [fake(Database, database), fake(HostInfo, host)],
    })
    await look({ index, test, directory: directory.path })
  }
}

interface Round {
  readonly index: number
  readonly test: Awaited<ReturnType<typeof testKernel>>
  readonly directory: string
}

describe('the key from the environment', () => {
  const first = 'first-key-from-the-environment-0123456789'
  const second = 'a second key, with spaces and مفاتيح in it'

  it("is made an administrator's, and gives way to another one", async () => {
    const seen: unknown[] = []
    await restarts([{ apiKey: first }, { apiKey: first }, { apiKey: second }, {}], async ({ test }) => {
      const authentication = test.service(Authentication)
      const raw = Buffer.from(second).toString('latin1')
      seen.push([
        (await authentication.authenticate(headers(first), '::1').catch(() => null))?.role,
        (await authentication.authenticate(headers(raw), '::1').catch(() => null))?.role,
        (await test.run(listKeys, {})).items.filter((key) => key.origin === 'environment').length,
      ])
    })
    expect(seen).toEqual([
      ['admin', undefined, 1],
      ['admin', undefined, 1],
      [undefined, 'admin', 2],
      [undefined, 'admin', 2],
    ])
  })

  it('stays revoked though the environment still names it', async () => {
    await restarts([{ apiKey: first }, { apiKey: first }], async ({ index, test }) => {
      const { items } = await test.run(listKeys, {})
      const { id, revokedAt } = items.find((key) => key.origin === 'environment')!
      if (index === 0) await test.run(revokeKey, { id })
      else {
        expect(revokedAt).not.toBeNull()
        expect(test.lines.map((line) => line.message)).toContain(
          'the key in WAQTOR_API_KEY was revoked and opens nothing: choose another',
        )
      }
      await expect(test.service(Authentication).authenticate(headers(first), '::1')).rejects.toMatchObject({
        status: 401,
      })
    })
  })

  it.each([
    ['too-short', 'has 9 characters, and needs at least 32'],
    [` ${first}`, 'begins or ends with a space'],
    [`${first}\nx`, 'holds control characters'],
  ])('keeps the host from starting when it is %j', async (apiKey, reason) => {
    await using directory = await temporaryDirectory()
    const host = { dataDirectory: directory.path, version: '1.0.0', options: { apiKey }, isReady: () => true }
    const starting = testKernel({ plugins: [memory(), auth()], fakes: [fake(HostInfo, host)] })
    const error = await starting.then(
      () => undefined,
      (it) => it,
    )
    expect(error.problems).toMatchObject([{ code: 'WAQ_CONFIG_INVALID', plugin: 'auth' }])
    expect(error.message).toContain(reason)
    expect(error.message).not.toContain(apiKey)
  })

  it('is none when it is empty', async () => {
    await using it = await startAuth({ options: { apiKey: '' } })
    expect((await it.test.run(listKeys, {})).items.map((key) => key.origin)).toEqual(['local'])
  })
})

describe('the local key file', () => {
  it('lets the command line of this user in, with everything, and nobody else can read it', async () => {
    await using it = await startAuth()
    const path = join(it.dataDirectory, 'local-key')
    expect((await lstat(path)).mode & 0o777).toBe(0o600)
    const key = (await readFile(path, 'utf8')).trim()
    expect(await it.authentication.authenticate(headers(key), '::1')).toMatchObject({
      role: 'admin',
      permissions: new Set(['*']),
      instances: 'all',
    })
  })

  it('is kept over restarts, and drawn anew when it was lost, replaced or revoked', async () => {
    const keys: string[] = []
    await restarts([{}, {}, {}, {}, {}], async ({ index, test, directory }) => {
      const path = join(directory, 'local-key')
      keys.push((await readFile(path, 'utf8')).trim())
      expect((await lstat(path)).isFile()).toBe(true)
      expect((await lstat(path)).mode & 0o777).toBe(0o600)
      const { items } = await test.run(listKeys, {})
      const active = items.filter((key) => key.origin === 'local' && key.revokedAt === null)
      expect(active).toHaveLength(1)
      if (index === 1) await writeFile(path, 'not a key')
      if (index === 2) await test.run(revokeKey, { id: active[0]!.id })
      if (index === 3) {
        await writeFile(join(directory, 'elsewhere'), 'of somebody else')
        await rm(path)
        await symlink(join(directory, 'elsewhere'), path)
      }
      if (index === 4) expect(await readFile(join(directory, 'elsewhere'), 'utf8')).toBe('of somebody else')
    })
    expect(keys[1]).toBe(keys[0])
    expect(new Set(keys).size).toBe(4)
  })

  it('has its mode put right', async () => {
    await restarts([{}, {}], async ({ index, directory }) => {
      const path = join(directory, 'local-key')
      if (index === 0) await chmod(path, 0o644)
      else expect((await lstat(path)).mode & 0o777).toBe(0o600)
    })
  })
})
