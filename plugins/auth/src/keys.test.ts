import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Authentication, CredentialRevoked, Database, HostInfo } from '@waqtor/contracts'
import { definePlugin, type PluginEntry, type Principal, systemPrincipal, z } from '@waqtor/kernel'
import { fake, leftBehind, snapshot, testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { describe, expect, it } from 'vitest'
import { headers, startAuth, temporaryDirectory } from './fixtures/start-auth.ts'
import auth, { createKey, createUser, getKey, listKeys, login, revokeKey } from './index.ts'
import { guessKeys } from './testing/guesses.ts'

const system = { principal: systemPrincipal }
const scoped = (permissions: string[], instances: string[] | 'all' = 'all'): Principal => ({
  id: 'scoped',
  role: 'scoped',
  permissions: new Set(permissions),
  instances: instances === 'all' ? 'all' : new Set(instances),
})

describe('API keys', () => {
  it('let in whoever holds one, by either header, with what the key allows', async () => {
    await using it = await startAuth()
    const { key, id } = await it.test.run(createKey, {
      name: 'reader',
      permissions: ['keys:read'],
      instances: ['default'],
    })
    const holder = { id, role: 'scoped', permissions: new Set(['keys:read']), instances: new Set(['default']) }
    expect(await it.authentication.authenticate(headers(key), '::1')).toEqual(holder)
    const bearer = new Headers({ Authorization: `bearer ${key}` })
    expect(await it.authentication.authenticate(bearer, '::1')).toEqual(holder)
  })

  it('are neither in the database nor in the log nor in any later answer', async () => {
    const apiKey = 'the-string-in-the-environment-0123456789'
    await using it = await startAuth({ options: { apiKey } })
    const { key, id } = await it.test.run(createKey, { permissions: ['*'] })
    const local = (await readFile(join(it.dataDirectory, 'local-key'), 'utf8')).trim()
    const file = await it.test.service(Database).open('host')
    const kept = JSON.stringify([
      await file.all('SELECT * FROM auth_keys'),
      it.test.lines,
      it.test.events,
      await it.test.run(listKeys, {}),
      await it.test.run(getKey, { id }),
      await it.test.run(revokeKey, { id }),
    ])
    const secretOf = (credential: string) => credential.split('_')[2]!
    for (const secret of [apiKey, key, secretOf(key), local, secretOf(local)]) expect(kept).not.toContain(secret)
  })

  it('do not hold any more from the moment a revocation is answered', async () => {
    await using it = await startAuth()
    const { key, id } = await it.test.run(createKey, { permissions: ['*'] })
    expect((await it.test.run(revokeKey, { id })).revokedAt).toBeTypeOf('number')
    await expect(it.authentication.authenticate(headers(key), '::1')).rejects.toMatchObject({
      code: 'WAQ_UNAUTHENTICATED',
    })
    expect(it.test.events.filter((event) => event.type === CredentialRevoked.id).map((event) => event.data)).toEqual([
      { principalId: id },
    ])
    const first = await it.test.run(getKey, { id })
    expect(await it.test.run(revokeKey, { id })).toEqual(first)
  })

  it('are listed in pages, without a secret', async () => {
    await using it = await startAuth()
    for (const name of ['a', 'b', 'c']) await it.test.run(createKey, { name, permissions: ['*'] })
    const first = await it.test.run(listKeys, { limit: 2 })
    const second = await it.test.run(listKeys, { limit: 2, cursor: first.nextCursor! })
    expect([...first.items, ...second.items].map((key) => key.name)).toEqual([
      'command line on this machine',
      'a',
      'b',
      'c',
    ])
    expect(JSON.stringify([first, second])).not.toMatch(/waq_|digest/)
  })

  it('cannot hand on more than they hold, nor see or end a key that reaches further', async () => {
    await using it = await startAuth()
    const admin = await it.test.run(createKey, { name: 'admin', permissions: ['*'] })
    const shop = await it.test.run(createKey, { name: 'shop', permissions: ['keys:*'], instances: ['shop'] })
    const call = { principal: scoped(['keys:read', 'keys:write'], ['shop']) }

    const tooMuch = [
      { permissions: ['*'], instances: ['shop'] },
      { permissions: ['keys:*'], instances: ['shop'] },
      { permissions: ['keys:read'] },
      { permissions: ['keys:read'], instances: ['office'] },
    ]
    for (const input of tooMuch)
      await expect(it.test.run(createKey, input, call)).rejects.toMatchObject({ code: 'WAQ_FORBIDDEN' })
    const own = await it.test.run(createKey, { permissions: ['keys:read'], instances: ['shop'] }, call)

    expect((await it.test.run(listKeys, {}, call)).items.map((key) => key.id)).toEqual([own.id])
    for (const { id } of [admin, shop]) {
      await expect(it.test.run(getKey, { id }, call)).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
      await expect(it.test.run(revokeKey, { id }, call)).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
      expect((await it.test.run(getKey, { id })).revokedAt).toBeNull()
    }
    expect((await it.test.run(revokeKey, { id: own.id }, call)).revokedAt).not.toBeNull()
  })

  it('are refused with the place of the mistake', async () => {
    await using it = await startAuth()
    await expect(it.test.run(createKey, { permissions: ['keys:reed'] })).rejects.toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      details: { errors: [{ path: 'permissions.0', message: "nothing asks for 'keys:reed'" }] },
    })
    await expect(it.test.run(createKey, { permissions: ['*'], expiresAt: 1 })).rejects.toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      details: { errors: [{ path: 'expiresAt', message: 'must lie in the future' }] },
    })
  })

  it('cannot be got at with neither keys:read nor keys:write', async () => {
    await using it = await startAuth()
    const { id } = await it.test.run(createKey, { permissions: ['*'] })
    const reader = { principal: scoped(['keys:read']) }
    await expect(it.test.run(createKey, { permissions: ['keys:read'] }, reader)).rejects.toMatchObject({ status: 403 })
    await expect(it.test.run(revokeKey, { id }, reader)).rejects.toMatchObject({ status: 403 })
    const writer = { principal: scoped(['keys:write']) }
    await expect(it.test.run(listKeys, {}, writer)).rejects.toMatchObject({ status: 403 })
    await expect(it.test.run(listKeys, {}, { principal: null })).rejects.toMatchObject({ status: 401 })
  })
})

describe('a key with more to it', () => {
  it('is bound by access codes where it was made so, whatever it may do, and makes no key that is not', async () => {
    await using it = await startAuth()
    const made = await it.test.run(createKey, { permissions: ['*'], gated: true })
    expect(made.role).toBe('gated')
    const principal = (await it.authentication.authenticate(headers(made.key), '::1'))!
    expect(principal).toMatchObject({ role: 'gated', permissions: new Set(['*']), instances: 'all' })
    const free = it.test.run(createKey, { permissions: ['*'] }, { principal })
    await expect(free).rejects.toMatchObject({ code: 'WAQ_FORBIDDEN' })
    const child = await it.test.run(createKey, { permissions: ['*'], gated: true }, { principal })
    expect(child).toMatchObject({ role: 'gated', createdBy: made.id })
  })

  it('has a rate limit of its own, which the server asks for', async () => {
    await using it = await startAuth()
    const rateLimit = { perSecond: 5, burst: 20 }
    const limited = await it.test.run(createKey, { permissions: ['*'], rateLimit })
    const plain = await it.test.run(createKey, { permissions: ['*'] })
    expect([limited.rateLimit, plain.rateLimit]).toEqual([rateLimit, null])
    const limits = []
    for (const { key } of [limited, plain])
      limits.push(it.authentication.limitOf?.((await it.authentication.authenticate(headers(key), '::1'))!))
    expect(limits).toEqual([rateLimit, undefined])
    for (const wrong of [{ perSecond: 0, burst: 1 }, { perSecond: 1, burst: 0 }, { perSecond: 1 }])
      await expect(it.test.run(createKey, { permissions: ['*'], rateLimit: wrong as never })).rejects.toMatchObject({
        code: 'WAQ_INPUT_INVALID',
      })
  })

  it('knows when it was last used, and writes it down when it is revoked or the plugin ends', async () => {
    await using it = await startAuth()
    const [one, two] = [
      await it.test.run(createKey, { permissions: ['*'] }),
      await it.test.run(createKey, { permissions: ['*'] }),
    ]
    expect(one.lastUsedAt).toBeNull()
    const before = Date.now()
    for (const { key } of [one, two]) await it.authentication.authenticate(headers(key), '::1')
    const used = (await it.test.run(getKey, { id: one.id })).lastUsedAt
    expect(used).toBeGreaterThanOrEqual(before)
    const file = await it.test.service(Database).open('host')
    const written = () =>
      file.all('SELECT id FROM auth_keys WHERE last_used_at IS NOT NULL AND origin = ? ORDER BY id', ['created'])
    expect(await written()).toEqual([])
    expect((await it.test.run(revokeKey, { id: one.id })).lastUsedAt).toBe(used)
    const three = await it.test.run(createKey, { permissions: ['*'] })
    await it.authentication.authenticate(headers(three.key), '::1')
    await it.test.reload((entry) => (entry.spec.name === 'auth' ? { ...entry, config: { passwordCost: 15 } } : entry))
    expect(await written()).toEqual([one, two, three].map(({ id }) => ({ id })))
  })

  it('cuts what it keeps open when it comes to its end', async () => {
    await using it = await startAuth()
    const told = Promise.withResolvers<unknown>()
    it.test.kernel.events.onAny((event, { data }) => void (event.id === CredentialRevoked.id && told.resolve(data)))
    // A time that is over before the machine came to it is refused: then there is more of it.
    const brief = (ms: number): Promise<{ id: string; key: string }> =>
      it.test.run(createKey, { permissions: ['*'], expiresAt: Date.now() + ms }).catch((error: unknown) => {
        if (ms > 20_000) throw error
        return brief(ms * 2)
      })
    const { id, key } = await brief(50)
    expect(await told.promise).toEqual({ principalId: id })
    await expect(it.authentication.authenticate(headers(key), '::1')).rejects.toMatchObject({ status: 401 })
  })
})

describe('D8: keys', () => {
  it('have 256 random bits, are shown once, and are looked up by an id and never by a guess', async () => {
    await using it = await startAuth()
    const made = await it.test.run(createKey, { permissions: ['*'] })
    expect(made.key).toMatch(new RegExp(`^waq_${made.id}_[0-9a-f]{64}_[0-9a-f]{8}$`))
    const shown = JSON.stringify([await it.test.run(getKey, { id: made.id }), await it.test.run(listKeys, {})])
    expect(shown).not.toContain(made.key.split('_')[2])
  })

  it('withstand guesses: of each address twenty a minute get an answer, and none is right', async () => {
    // The short form of a million.
    const { right, answered, held, allowed, lines, opens } = await guessKeys(20_000)
    expect({ right, opens, all: answered + held }).toEqual({ right: 0, opens: true, all: 20_000 })
    expect(answered).toBeGreaterThanOrEqual(200)
    expect(answered).toBeLessThanOrEqual(allowed)
    // One line for each address that has to wait, and not one for each guess.
    expect(lines).toBeLessThanOrEqual(allowed / 20)
  })
})

describe('authentication', () => {
  it('sees no credential where none of its own is sent', async () => {
    await using it = await startAuth()
    const none = [{}, { Authorization: 'Basic dXNlcjpwYXNz' }, { Authorization: 'Bearer' }, { Cookie: 'key=waq_1' }]
    for (const init of none) expect(await it.authentication.authenticate(new Headers(init), '::1')).toBeNull()
  })

  it('refuses two different credentials at once', async () => {
    await using it = await startAuth()
    const { key } = await it.test.run(createKey, { permissions: ['*'] })
    const both = (bearer: string) => new Headers({ 'X-API-Key': key, Authorization: `Bearer ${bearer}` })
    await expect(it.authentication.authenticate(both('another'), '::1')).rejects.toMatchObject({ status: 401 })
    expect(await it.authentication.authenticate(both(key), '::1')).not.toBeNull()
  })

  it('answers wrong keys alike, and after twenty in a minute with 429; a right one is never held up', async () => {
    await using it = await startAuth()
    const { key } = await it.test.run(createKey, { permissions: ['*'] })
    const gone = await it.test.run(createKey, { permissions: ['*'] })
    await it.test.run(revokeKey, { id: gone.id })
    const wrong = ['x', '', key.replace(/.$/, '!'), `${key}0`, gone.key, key.toUpperCase()]
    const outcomes = new Set<string>()
    for (let i = 0; i < 20; i++) {
      const error = await it.authentication.authenticate(headers(wrong[i % wrong.length]!), '10.0.0.1').catch((e) => e)
      outcomes.add(`${error.status} ${error.message}`)
    }
    expect([...outcomes]).toEqual(['401 the key is wrong, expired or revoked'])
    const error = await it.authentication.authenticate(headers('x'), '10.0.0.1').catch((e) => e)
    expect(error).toMatchObject({ code: 'WAQ_RATE_LIMITED', status: 429 })
    expect(error.retryAfter).toBeGreaterThan(0)
    expect(error.retryAfter).toBeLessThanOrEqual(60)

    expect(await it.authentication.authenticate(headers(key), '10.0.0.1')).not.toBeNull()
    await expect(it.authentication.authenticate(headers('x'), '10.0.0.2')).rejects.toMatchObject({ status: 401 })
    expect(it.test.lines.filter((line) => line.level === 'warn').map((line) => line.data)).toContainEqual({
      plugin: 'auth',
      address: '10.0.0.1',
    })
  })

  it('counts keys that a person made apart from the one of the command line', async () => {
    await using it = await startAuth()
    expect(await it.authentication.hasKeys()).toBe(true)
    expect(await it.authentication.hasKeys({ made: true })).toBe(false)
    const { id } = await it.test.run(createKey, { permissions: ['keys:read'] })
    expect(await it.authentication.hasKeys({ made: true })).toBe(true)
    await it.test.run(revokeKey, { id })
    expect(await it.authentication.hasKeys({ made: true })).toBe(false)
  })
})

describe('the plugin', () => {
  it('answers 503 to a credential as long as the keys are not open', async () => {
    await using directory = await temporaryDirectory()
    const host = { dataDirectory: directory.path, version: '1.0.0', options: {}, isReady: () => false }
    const early: unknown[] = []
    const eager = definePlugin({
      name: 'eager',
      config: z.object({}),
      requires: { authentication: Authentication },
      async setup(ctx) {
        early.push(await ctx.services.authentication.authenticate(headers('x'), '::1').catch((error) => error.status))
      },
    })
    await using _ = await testKernel({ plugins: [memory(), auth(), eager()], fakes: [fake(HostInfo, host)] })
    expect(early).toEqual([503])
  })

  it('leaves nothing behind', async () => {
    await using directory = await temporaryDirectory()
    const host = { dataDirectory: directory.path, version: '1.0.0', options: {}, isReady: () => true }
    await using outer = await testKernel({ plugins: [memory()] })
    const fakes = [fake(HostInfo, host), fake(Database, outer.service(Database))]
    let users = 0
    const round = async (plugins: PluginEntry[]) => {
      const { kernel } = await testKernel({ plugins, fakes })
      if (plugins.length > 0) {
        await kernel.commands.execute(createKey.id, { permissions: ['*'], expiresAt: Date.now() + 3_600_000 }, system)
        const wanted = { name: `user-${++users}`, password: 'four words in a row' }
        await kernel.commands.execute(createUser.id, wanted, system)
        await kernel.commands.execute(login.id, wanted, { principal: null })
      }
      await kernel.close()
      return () => snapshot(kernel)
    }
    const own = () => [auth({ passwordCost: 14 })]
    await round(own())
    const before = (await round([]))()
    for (let i = 0; i < 20; i++) expect(await leftBehind(before, await round(own()))).toEqual([])
  })
})
