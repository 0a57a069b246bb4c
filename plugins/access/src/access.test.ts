import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { noticesOf, PermissionsChanged } from '@waqtor/contracts'
import type { PluginEntry } from '@waqtor/kernel'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { KEY_FILE } from './code-key.ts'
import * as contract from './contract.ts'
import { type AccessTest, startAccess, wrong } from './fixtures/start-access.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

function at(time: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: time })
}

const told = (it: AccessTest) =>
  it.test.events.filter(({ type }) => type === PermissionsChanged.id).map(({ data }) => data as { principalId: string })

afterEach(() => void vi.useRealTimers())

describe('a gated feature', () => {
  it('is locked for people and for keys that are gated, and for nobody else', async () => {
    await using it = await startAccess()
    for (const role of ['user', 'viewer', 'gated', 'of tomorrow'])
      for (const permission of ['campaigns:read', 'reports:read', 'interactive:read'])
        expect(await it.may(it.person(role), permission)).toBe(false)
    for (const role of ['admin', 'scoped', 'system'])
      expect(await it.may({ ...it.person('admin'), role }, 'campaigns:write')).toBe(true)
    expect(await it.may(it.person('user'), 'features:read')).toBe(true)
  })

  it('says which one it is, and how long its codes are', async () => {
    await using it = await startAccess()
    const denied = () =>
      it.test.kernel
        .authorize(contract.AccessRequested, { principal: it.person('admin') }, null)
        .then(() =>
          it.test.kernel.authorize(
            { id: 'campaigns.list', permission: 'campaigns:read', scope: 'host' },
            { principal: { ...it.person('user'), permissions: new Set(['campaigns:read']) } },
            null,
          ),
        )
    expect(await denied()).toEqual({
      status: 403,
      code: 'feature_locked',
      reason: "the feature 'campaigns' is locked",
      details: { feature: 'campaigns', codeLength: 6 },
    })
    await it.code({ length: 4 })
    expect(await denied()).toMatchObject({ details: { codeLength: 4 } })
    await it.code({ features: 'all' })
    expect(await denied()).toMatchObject({ details: { codeLength: 6 } })
  })

  it('is what the config says, down to single permissions', async () => {
    const features = {
      sending: { permissions: ['campaigns:write', 'messages:write'] },
      numbers: { permissions: ['campaigns:*'] },
      free: { permissions: ['contacts:*'] },
    }
    await using it = await startAccess({ config: { features, gated: ['sending', 'numbers'], codeLength: 4 } })
    const user = {
      ...it.person('user'),
      permissions: new Set(['campaigns:*', 'messages:*', 'contacts:*', 'features:*']),
    }
    const may = (permission: string) => it.may(user, permission)
    const { code } = await it.code({ features: ['sending'] })
    expect(code).toMatch(/^\d{4}$/)
    expect(await it.enter(user, code, {}, 'sending')).toBe('unlocked')
    // What two features share is open when both are.
    expect([await may('messages:write'), await may('campaigns:write'), await may('contacts:read')]).toEqual([
      true,
      false,
      true,
    ])
    const both = await it.code({ features: ['numbers'] })
    await it.enter(user, both.code, {}, 'numbers')
    expect([await may('campaigns:write'), await may('campaigns:read')]).toEqual([true, true])
    const { items } = await it.test.run(contract.listFeatures, {}, { principal: user })
    expect(items.map(({ feature, gated, locked }) => [feature, gated, locked])).toEqual([
      ['sending', true, false],
      ['numbers', true, false],
      ['free', false, false],
    ])
  })

  it.each([
    [{ gated: ['campaings'] }, "there is no feature 'campaings'; there are campaigns, reports, interactive"],
    [{ features: { all: { permissions: ['*'] } }, gated: [] }, "must be '<area>:<what>'"],
    [{ features: { self: { permissions: ['features:read'] } }, gated: [] }, 'codes are entered with it'],
    [{ codeLength: 5 }, 'expected one of 4|6'],
  ])('that makes no sense stops the start: %j', async (config, message) => {
    await expect(startAccess({ config: config as object })).rejects.toThrow(message)
  })
})

describe('a code', () => {
  it('opens what it was made for, to whoever enters it, for good', async () => {
    await using it = await startAccess()
    const user = it.person('user')
    const made = await it.code()
    expect(made).toMatchObject({
      length: 6,
      uses: 1,
      used: 0,
      state: 'active',
      opensForHours: null,
      createdBy: 'system',
    })
    const answer = await it.test.run(
      contract.verifyCode,
      { feature: 'campaigns', code: made.code },
      { principal: user },
    )
    expect(answer).toEqual({ feature: 'campaigns', unlocked: true, until: null, features: ['campaigns'] })
    expect(await it.may(user, 'campaigns:write')).toBe(true)
    expect(await it.may(user, 'reports:read')).toBe(false)
    expect(await it.may(it.person('user', 'usr_other'), 'campaigns:write')).toBe(false)
    expect(told(it)).toEqual([{ principalId: null }, { principalId: user.id }])
    expect(it.test.events.find(({ type }) => type === contract.AccessUnlocked.id)?.data).toMatchObject({
      userId: user.id,
      codeId: made.id,
    })
  })

  it('for everything opens everything that is gated', async () => {
    await using it = await startAccess()
    const viewer = it.person('viewer')
    const { code } = await it.code({ features: 'all' })
    const answer = await it.test.run(contract.verifyCode, { feature: 'reports', code }, { principal: viewer })
    expect(answer.features).toEqual(['campaigns', 'reports', 'interactive'])
    const { items } = await it.test.run(contract.listUnlocks, { userId: viewer.id })
    expect(items).toEqual([expect.objectContaining({ feature: 'all', userId: viewer.id, until: null })])
  })

  it('is written in any digits, with spaces around', async () => {
    await using it = await startAccess()
    const { code } = await it.code()
    const arabic = [...code].map((digit) => '٠١٢٣٤٥٦٧٨٩'[Number(digit)]).join('')
    expect(await it.enter(it.person('user'), ` ${arabic} `)).toBe('unlocked')
  })

  it('is not asked of those for whom nothing is locked, and none is used up', async () => {
    await using it = await startAccess()
    const made = await it.code({ uses: 2 })
    expect(await it.enter(it.person('admin'), wrong(made.code))).toBe('unlocked')
    const user = it.person('user')
    await it.enter(user, made.code)
    expect(await it.enter(user, wrong(made.code))).toBe('unlocked')
    const { items } = await it.test.run(contract.listCodes, {})
    expect(items).toEqual([expect.objectContaining({ id: made.id, used: 1, state: 'active' })])
    expect(JSON.stringify(items)).not.toContain(made.code)
  })

  it('for a feature that is not there is a mistake', async () => {
    await using it = await startAccess()
    await expect(it.code({ features: ['campaigns', 'repotrs'] })).rejects.toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      details: { errors: [{ path: 'features.1', message: expect.stringContaining("no feature 'repotrs'") }] },
    })
    expect(await it.enter(it.person('user'), '402918', {}, 'repotrs')).toBe('WAQ_NOT_FOUND')
  })

  it('is refused when there are so many that guessing would be easy', async () => {
    await using it = await startAccess()
    for (let i = 0; i < 10; i++) await it.code({ length: 4 })
    await expect(it.code({ length: 4 })).rejects.toMatchObject({ code: 'WAQ_CONFLICT' })
    await it.code({ length: 4, userId: 'usr_mona' })
    await it.code({ length: 6 })
  })

  it('is listed in pages, newest first, and is gone from the list of good ones when it is revoked', async () => {
    await using it = await startAccess()
    const made = [await it.code({ note: 'a' }), await it.code({ note: 'b' }), await it.code({ note: 'c' })]
    const first = await it.test.run(contract.listCodes, { limit: 2 })
    const second = await it.test.run(contract.listCodes, { limit: 2, cursor: first.nextCursor! })
    expect([...first.items, ...second.items].map(({ note }) => note)).toEqual(['c', 'b', 'a'])
    expect(second.nextCursor).toBeNull()
    const revoked = await it.test.run(contract.revokeCode, { codeId: made[1]!.id })
    expect(revoked).toMatchObject({ state: 'revoked', revokedAt: expect.any(Number) })
    const again = await it.test.run(contract.revokeCode, { codeId: made[1]!.id })
    expect(again.revokedAt).toBe(revoked.revokedAt)
    await expect(it.test.run(contract.revokeCode, { codeId: 'cod_0' })).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })

  it('is told with whom it let in, in pages', async () => {
    await using it = await startAccess()
    const { code, id } = await it.code({ features: ['campaigns', 'reports'], uses: 3 })
    for (const user of ['usr_c', 'usr_a', 'usr_b']) await it.enter(it.person('user', user), code)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await it.test.run(contract.listUnlocks, { limit: 2, ...(cursor && { cursor }) })
      seen.push(...page.items.map((unlock) => `${unlock.userId} ${unlock.feature} ${unlock.codeId === id}`))
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    const users = ['usr_a', 'usr_b', 'usr_c']
    expect(seen).toEqual(users.flatMap((user) => [`${user} campaigns true`, `${user} reports true`]))
  })

  it('that is revoked closes what it opened, and only that', async () => {
    await using it = await startAccess()
    const [mona, omar] = [it.person('user', 'usr_mona'), it.person('user', 'usr_omar')]
    const shared = await it.code({ uses: 2, opensForHours: 1 })
    const own = await it.code({ userId: omar.id, opensForHours: 2 })
    await it.enter(mona, shared.code)
    await it.enter(omar, shared.code)
    await it.enter(omar, own.code)
    const before = told(it).length
    await it.test.run(contract.revokeCode, { codeId: shared.id })
    expect([await it.may(mona, 'campaigns:read'), await it.may(omar, 'campaigns:read')]).toEqual([false, true])
    expect(
      told(it)
        .slice(before)
        .map(({ principalId }) => principalId),
    ).toEqual([mona.id, omar.id])
  })
})

describe('D6: the life of a code', () => {
  it('is one use, unless it was made for more', async () => {
    await using it = await startAccess()
    const once = await it.code()
    expect(await it.enter(it.person('user', 'usr_a'), once.code)).toBe('unlocked')
    expect(await it.enter(it.person('user', 'usr_b'), once.code)).toBe('WAQ_ACCESS_CODE_REFUSED')
    const twice = await it.code({ uses: 2 })
    const users = ['usr_b', 'usr_c', 'usr_d'].map((id) => it.person('user', id))
    const outcomes = await Promise.all(users.map((user) => it.enter(user, twice.code)))
    expect(outcomes.toSorted()).toEqual(['WAQ_ACCESS_CODE_REFUSED', 'unlocked', 'unlocked'])
    expect((await it.test.run(contract.listCodes, {})).items.map(({ state }) => state)).toEqual(['used', 'used'])
  })

  it('ends on the millisecond', async () => {
    await using it = await startAccess()
    const start = Date.now() + DAY
    at(start)
    const made = await it.code({ lifeHours: 1, uses: 2 })
    at(start + HOUR - 1)
    expect(await it.enter(it.person('user', 'usr_a'), made.code)).toBe('unlocked')
    at(start + HOUR)
    expect(await it.enter(it.person('user', 'usr_b'), made.code)).toBe('WAQ_ACCESS_CODE_REFUSED')
    expect((await it.test.run(contract.listCodes, {})).items[0]).toMatchObject({ state: 'expired', used: 1 })
  })

  it('is worth nothing to somebody else where it was made for one person, and nothing for another feature', async () => {
    await using it = await startAccess()
    const mona = it.person('user', 'usr_mona')
    const made = await it.code({ userId: mona.id })
    expect(await it.enter(it.person('user', 'usr_omar'), made.code)).toBe('WAQ_ACCESS_CODE_REFUSED')
    expect(await it.enter(mona, made.code, {}, 'reports')).toBe('WAQ_ACCESS_CODE_REFUSED')
    expect(await it.enter(mona, made.code)).toBe('unlocked')
  })

  it('says for how long it opens, which is over on the millisecond, and a second one adds to it', async () => {
    await using it = await startAccess()
    const start = Date.now() + DAY
    const user = it.person('user')
    at(start)
    const first = await it.code({ opensForHours: 1 })
    const second = await it.code({ opensForHours: 3 })
    await it.enter(user, first.code)
    at(start + HOUR - 1)
    expect(await it.may(user, 'campaigns:read')).toBe(true)
    const answer = await it.test.run(
      contract.verifyCode,
      { feature: 'campaigns', code: second.code },
      { principal: user },
    )
    expect(answer.until).toBe(start + 4 * HOUR - 1)
    at(start + HOUR)
    expect(await it.may(user, 'campaigns:read')).toBe(true)
    const { items } = await it.test.run(contract.listFeatures, {}, { principal: user })
    expect(items[0]).toMatchObject({ locked: false, until: answer.until })
    at(answer.until!)
    expect(await it.may(user, 'campaigns:read')).toBe(false)
  })
})

describe('D2, D7: what lies on the disk', () => {
  it('has no code in it when nothing was made, and never the digits of one', async () => {
    const first = await startAccess()
    const user = first.person('user')
    expect((await first.test.run(contract.listCodes, {})).items).toEqual([])
    const made = [await first.code(), await first.code({ features: 'all' }), await first.code({ length: 4 })]
    await first.enter(user, made[0]!.code)
    await first.enter(user, '908172', {}, 'reports')
    const { directory } = first
    const logged = JSON.stringify(first.test.lines)
    await first.test[Symbol.asyncDispose]()
    const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((it) => it.isFile())
    const stored = await Promise.all(files.map((it) => readFile(join(it.parentPath, it.name), 'latin1')))
    expect(files.map(({ name }) => name)).toContain('host.db')
    const keyText = (await readFile(join(directory, KEY_FILE), 'utf8')).trim()
    const outside = stored.filter((_, index) => files[index]!.name !== KEY_FILE).join()
    expect(outside).not.toContain(keyText)
    expect(outside).not.toContain(Buffer.from(keyText, 'hex').toString('latin1'))
    for (const { code } of made.filter(({ length }) => length === 6)) {
      expect(outside).not.toContain(code)
      expect(logged).not.toContain(code)
    }
    expect(outside).not.toContain('908172')
    await rm(directory, { recursive: true })
  })

  it('opens nothing with another key: the codes are void, and the log says so', async () => {
    const before = await startAccess()
    const { directory } = before
    const made = await before.code()
    const used = await before.code()
    const user = before.person('user')
    await before.enter(user, used.code)
    await before.test[Symbol.asyncDispose]()
    await rm(join(directory, KEY_FILE))

    await using it = await startAccess({ directory })
    expect(it.test.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: expect.stringContaining('codes made before open nothing any more'),
        data: expect.objectContaining({ codes: 1 }),
      }),
    )
    expect(await it.enter(it.person('user', 'usr_b'), made.code)).toBe('WAQ_ACCESS_CODE_REFUSED')
    expect((await it.test.run(contract.listCodes, {})).items.map(({ state }) => state)).toEqual(['used', 'void'])
    // What was opened stays open: that is no secret of the key.
    expect(await it.may(user, 'campaigns:read')).toBe(true)
    await it.test[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })
})

describe('a subscription', () => {
  it('opens its features while it is active, and tells its owner how it stands', async () => {
    await using it = await startAccess()
    const user = it.person('user')
    const own = () => it.test.run(contract.getSubscription, {}, { principal: user })
    expect(await own()).toEqual({ status: 'none', expiresAt: null, features: [] })
    const start = Date.now() + DAY
    at(start)
    const set = (input: object) =>
      it.test.run(contract.setSubscription, { userId: user.id, status: 'active', ...input })
    expect(await set({ expiresAt: start + HOUR, features: ['reports'] })).toMatchObject({ updatedBy: 'system' })
    expect([await it.may(user, 'reports:read'), await it.may(user, 'campaigns:read')]).toEqual([true, false])
    at(start + HOUR)
    expect(await it.may(user, 'reports:read')).toBe(false)
    expect(await own()).toEqual({ status: 'expired', expiresAt: start + HOUR, features: ['reports'] })
    await set({})
    expect(await it.may(user, 'interactive:write')).toBe(true)
    await set({ status: 'inactive' })
    expect(await it.may(user, 'interactive:write')).toBe(false)
    expect(await own()).toEqual({ status: 'inactive', expiresAt: null, features: 'all' })
    expect(told(it).filter(({ principalId }) => principalId === user.id)).toHaveLength(3)
  })

  it('tells whoever is connected when it comes to its end', async () => {
    await using it = await startAccess()
    const user = it.person('user')
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: start })
    await it.test.run(contract.setSubscription, { userId: user.id, status: 'active', expiresAt: start + 3 * HOUR })
    const before = told(it).length
    vi.advanceTimersByTime(3 * HOUR - 1)
    expect([told(it).length, await it.may(user, 'reports:read')]).toEqual([before, true])
    vi.advanceTimersByTime(1)
    expect(told(it).slice(before)).toEqual([{ principalId: user.id }])
    expect(await it.may(user, 'reports:read')).toBe(false)
  })

  it('is refused for a feature that is not there, or when it has ended already', async () => {
    await using it = await startAccess()
    const set = (input: object) =>
      it.test.run(contract.setSubscription, { userId: 'usr_a', status: 'active', ...input })
    await expect(set({ features: ['repotrs'] })).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    await expect(set({ expiresAt: 1 })).rejects.toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      details: { errors: [{ path: 'expiresAt', message: 'must lie in the future' }] },
    })
  })

  it('is listed with the others, in pages', async () => {
    await using it = await startAccess()
    for (const userId of ['usr_c', 'usr_a', 'usr_b'])
      await it.test.run(contract.setSubscription, { userId, status: 'active' })
    const first = await it.test.run(contract.listSubscriptions, { limit: 2 })
    const second = await it.test.run(contract.listSubscriptions, { limit: 2, cursor: first.nextCursor! })
    expect([first, second].map(({ items }) => items.map(({ userId }) => userId))).toEqual([
      ['usr_a', 'usr_b'],
      ['usr_c'],
    ])
    expect(second.nextCursor).toBeNull()
  })
})

describe('a request', () => {
  it('reaches the administrators once an hour, with what it is for', async () => {
    await using it = await startAccess()
    const principal = it.person('viewer')
    const ask = (feature: string, note?: string) =>
      it.test.run(contract.requestAccess, { feature, ...(note && { note }) }, { principal })
    const start = Date.now() + DAY
    at(start)
    const asked = await ask('campaigns', 'spring sale')
    at(start + HOUR - 1)
    expect(await ask('campaigns')).toEqual(asked)
    await ask('reports')
    at(start + HOUR)
    expect((await ask('campaigns')).requestedAt).toBe(start + HOUR)
    const recorded = it.test.events.filter(({ type }) => type === contract.AccessRequested.id).map(({ data }) => data)
    expect(recorded).toMatchObject([
      { userId: principal.id, feature: 'campaigns', note: 'spring sale' },
      { feature: 'reports', note: '' },
      { feature: 'campaigns' },
    ])
    const [requested, blocked] = [contract.AccessRequested, contract.AccessBlocked].map(({ id }) =>
      noticesOf(it.test.kernel).find(({ event }) => event.id === id),
    )
    expect(requested!.say(recorded[0] as never, null)?.message).toBe("usr_viewer asks for 'campaigns': spring sale")
    expect(requested!.say(recorded[1] as never, null)?.message).toBe("usr_viewer asks for 'reports'")
    expect(requested!.say(recorded[0] as never, null)?.fields).toMatchObject({
      feature: 'campaigns',
      note: 'spring sale',
    })
    expect(blocked!.say({ userId: 'usr_a', failures: 100 } as never, null)?.type).toBe('warning')
    await expect(ask('repotrs')).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })
})

describe('the plugin', () => {
  it('keeps what is open over a restart, and says when it ends', async () => {
    const before = await startAccess()
    const { directory } = before
    const user = before.person('user')
    await before.enter(user, (await before.code({ features: 'all', opensForHours: 1 / 60 })).code)
    await before.test[Symbol.asyncDispose]()
    await using it = await startAccess({ directory })
    expect(await it.may(user, 'reports:read')).toBe(true)
    await it.test[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  it('takes over another config, and has everybody asked anew', async () => {
    await using it = await startAccess()
    const restarted = await it.test.reload((entry) =>
      entry.spec.name === 'access' ? { ...entry, config: { gated: ['reports'] } } : entry,
    )
    expect(restarted).toContain('access')
    expect(await it.may(it.person('user'), 'campaigns:read')).toBe(true)
    expect(await it.may(it.person('user'), 'reports:read')).toBe(false)
    expect(told(it).filter(({ principalId }) => principalId === null)).toHaveLength(2)
  })

  it('leaves nothing behind', async () => {
    await using it = await startAccess()
    const entries: PluginEntry[] = []
    await it.test.reload((entry) => {
      entries.push(entry)
      return entry
    })
    const user = it.person('user')
    const look = async () => {
      await it.test.kernel.reload(entries)
      const { code } = await it.code({ opensForHours: 1, uses: 5 })
      expect(await it.enter(user, code)).toBe('unlocked')
      await it.test.kernel.reload(entries.filter(({ spec }) => spec.name !== 'access'))
      expect(await it.may(user, 'campaigns:read')).toBe(true)
      return () => snapshot(it.test.kernel)
    }
    await look()
    const before = (await look())()
    for (let i = 0; i < 3; i++) expect(await leftBehind(before, await look())).toEqual([])
  })
})
