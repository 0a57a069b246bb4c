import { rm } from 'node:fs/promises'
import type { Principal } from '@waqtor/kernel'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CodeKey } from './code-key.ts'
import * as contract from './contract.ts'
import { type AccessTest, startAccess, wrong } from './fixtures/start-access.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const REFUSED = 'WAQ_ACCESS_CODE_REFUSED'

let now: number
beforeEach(() => {
  now = Date.now() + DAY
  vi.useFakeTimers({ toFake: ['Date'], now })
})
afterEach(() => void vi.useRealTimers())

function pass(ms: number): void {
  now += ms
  vi.setSystemTime(now)
}

/** How many wrong codes in a row were really looked at. */
async function failures(it: AccessTest, who: Principal): Promise<number> {
  const file = await it.database.open('host')
  const sql = 'SELECT failures FROM access_tries WHERE who = ?'
  return (await file.get<{ failures: number }>(sql, [`user:${who.id}`]))?.failures ?? 0
}

describe('D3: guessing', () => {
  it('stops after five wrong codes in a row, for longer and longer, and the right one does not count either', async () => {
    await using it = await startAccess()
    const user = it.person('user')
    const { code } = await it.code({ lifeHours: 8_760 })
    for (let i = 0; i < 5; i++) expect(await it.enter(user, wrong(code))).toBe(REFUSED)
    expect(await it.enter(user, code)).toBe(REFUSED)
    const state = () => it.test.run(contract.listFeatures, {}, { principal: user })
    expect(await state()).toMatchObject({ waitUntil: now + MINUTE, blocked: false })
    for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
      pass(minutes * MINUTE - 1)
      expect(await it.enter(user, code)).toBe(REFUSED)
      pass(1)
      expect((await state()).waitUntil).toBeNull()
      expect(await it.enter(user, wrong(code))).toBe(REFUSED)
    }
    expect(await failures(it, user)).toBe(13)
    pass(HOUR)
    expect(await it.enter(user, code)).toBe('unlocked')
  })

  it('two hundred at once are judged one after another: five are looked at', async () => {
    await using it = await startAccess()
    const { code } = await it.code({ uses: 1_000 })
    const [late, early] = [it.person('user', 'usr_late'), it.person('user', 'usr_early')]
    const guesses = Array.from({ length: 199 }, () => wrong(code))
    const outcomes = await Promise.all([...guesses, code].map((guess) => it.enter(late, guess)))
    expect(new Set(outcomes)).toEqual(new Set([REFUSED]))
    expect(await failures(it, late)).toBe(5)
    // The counters are raised before the comparison, so the fifth still may be right.
    const first = [...guesses.slice(0, 4), code, ...guesses.slice(4)]
    const results = await Promise.all(first.map((guess) => it.enter(early, guess)))
    expect(results.slice(0, 5)).toEqual([REFUSED, REFUSED, REFUSED, REFUSED, 'unlocked'])
  })

  it('ten thousand, from one address and from five hundred: 25 a day, and a hundred in a row ever', async () => {
    await using it = await startAccess({ inMemory: true })
    const user = it.person('user')
    const { code } = await it.code({ lifeHours: 8_760, uses: 10 })
    const looked: number[] = []
    for (let i = 0; i < 10_000; i++) {
      pass(30_000 + (i % 7) * 10_000)
      const address = i < 5_000 ? '203.0.113.1' : `198.51.${i % 100}.${i % 5}`
      expect(await it.enter(user, wrong(code), { address })).toBe(REFUSED)
      for (let n = looked.length; n < 100 && n < (await failures(it, user)); n++) looked.push(now)
      // The plugin comes and goes in between; what it has counted is in the database.
      if (i % 2_500 === 1_250)
        await it.test.reload((entry) =>
          entry.spec.name === 'access' ? { ...entry, config: { codeLength: 4 } } : entry,
        )
    }
    expect(looked).toHaveLength(100)
    expect(await failures(it, user)).toBe(100)
    for (const start of looked)
      expect(looked.filter((t) => t >= start && t < start + DAY).length).toBeLessThanOrEqual(25)

    pass(30 * DAY)
    expect(await it.enter(user, code)).toBe(REFUSED)
    expect(await it.test.run(contract.listFeatures, {}, { principal: user })).toMatchObject({ blocked: true })
    expect(await it.test.run(contract.unlock, { userId: user.id })).toEqual({ cleared: 1 })
    expect(await it.enter(user, code)).toBe('unlocked')
  })

  it('goes on after a restart where it was', async () => {
    const before = await startAccess()
    const { directory } = before
    const user = before.person('user')
    const { code } = await before.code()
    for (let i = 0; i < 4; i++) await before.enter(user, wrong(code))
    await before.test[Symbol.asyncDispose]()
    await using it = await startAccess({ directory })
    expect(await failures(it, user)).toBe(4)
    expect(await it.enter(user, wrong(code))).toBe(REFUSED)
    expect(await it.enter(user, code)).toBe(REFUSED)
    expect(await failures(it, user)).toBe(5)
    await it.test[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  it('is told to the administrators once, when it is over for good', async () => {
    await using it = await startAccess()
    const user = it.person('user')
    for (let i = 0; i < 300; i++) {
      pass(HOUR)
      await it.enter(user, '908172')
    }
    const events = it.test.events.filter(({ type }) => type === contract.AccessBlocked.id)
    expect(events.map(({ data }) => data)).toEqual([{ userId: user.id, failures: 100, timestamp: expect.any(Number) }])
  })

  it('25 a day from one address, whoever it is there, and the next day again', async () => {
    await using it = await startAccess()
    const { code } = await it.code({ uses: 10, lifeHours: 100 })
    const someone = (i: number) => it.person('user', `usr_${i}`)
    for (let i = 0; i < 25; i++) await it.enter(someone(i), wrong(code), { address: `2001:db8::${i + 1}` })
    expect(await it.enter(someone(100), code, { address: '2001:db8::ffff' })).toBe(REFUSED)
    expect(await it.enter(someone(101), code, { address: '2001:db8:0:1::1' })).toBe('unlocked')
    expect(await it.enter(someone(102), code, { address: '127.0.0.1' })).toBe('unlocked')
    const there = { principal: someone(103), address: '2001:db8::9' }
    expect(await it.test.run(contract.listFeatures, {}, there)).toMatchObject({ waitUntil: now + DAY, blocked: false })
    expect(await it.test.run(contract.unlock, { address: '2001:db8::1' })).toEqual({ cleared: 1 })
    expect(await it.enter(someone(103), code, { address: '2001:db8::9' })).toBe('unlocked')

    for (let i = 0; i < 25; i++) await it.enter(someone(i), wrong(code), { address: '203.0.113.1' })
    expect(await it.enter(someone(104), code, { address: '203.0.113.1' })).toBe(REFUSED)
    pass(DAY)
    expect(await it.enter(someone(104), code, { address: '203.0.113.1' })).toBe('unlocked')
    const file = await it.database.open('host')
    const rows = await file.all<{ who: string }>("SELECT who FROM access_tries WHERE who LIKE 'address:%'")
    expect(rows.map(({ who }) => who)).toEqual(['address:203.0.113.1'])
  })
})

describe('D4: a lock', () => {
  it('takes nothing away that is open already, and does not touch others', async () => {
    await using it = await startAccess()
    const [mona, omar] = [it.person('user', 'usr_mona'), it.person('user', 'usr_omar')]
    const open = await it.code({ uses: 2 })
    await it.enter(mona, open.code)
    for (let i = 0; i < 400; i++) {
      pass(HOUR)
      await it.enter(mona, '908172', {}, 'reports')
    }
    expect(await failures(it, mona)).toBe(100)
    expect(await it.may(mona, 'campaigns:write')).toBe(true)
    const other = await it.code({ features: ['reports'], uses: 2 })
    expect(await it.enter(mona, other.code, {}, 'reports')).toBe(REFUSED)
    expect(await it.enter(omar, other.code, {}, 'reports')).toBe('unlocked')
    await it.test.run(contract.setSubscription, { userId: mona.id, status: 'active', features: ['reports'] })
    expect(await it.may(mona, 'reports:read')).toBe(true)
    expect(await it.test.run(contract.unlock, { userId: mona.id })).toEqual({ cleared: 1 })
    expect(await it.test.run(contract.unlock, { userId: mona.id })).toEqual({ cleared: 0 })
  })
})

describe('D5: a refusal', () => {
  it('tells nothing of why: the same error after the same work', async () => {
    await using it = await startAccess()
    const digests = vi.spyOn(CodeKey.prototype, 'digest')
    const file = await it.database.open('host')
    const writes = vi.spyOn(file, 'write')
    const fresh = (id: string) => it.person('user', id)
    const made = await it.code({ lifeHours: 1 })
    const used = await it.code()
    const revoked = await it.code()
    await it.enter(fresh('usr_first'), used.code)
    await it.test.run(contract.revokeCode, { codeId: revoked.id })
    const elsewhere = await it.code({ features: ['reports'] })
    const somebodys = await it.code({ userId: 'usr_somebody' })
    const waiting = fresh('usr_waiting')
    for (let i = 0; i < 5; i++) await it.enter(waiting, wrong(made.code))

    const refusal = async (who: Principal, code: string) => {
      digests.mockClear()
      writes.mockClear()
      const statements: string[] = []
      const write = writes.getMockImplementation() ?? Object.getPrototypeOf(file).write
      writes.mockImplementationOnce((fn) =>
        write.call(file, (tx: Parameters<typeof fn>[0]) => {
          const seen = new Proxy(tx, {
            get(target, name) {
              const value = Reflect.get(target, name)
              if (typeof value !== 'function') return value
              return (...args: unknown[]) => {
                statements.push(`${String(name)} ${String(args[0]).replaceAll(/\s+/g, ' ')}`)
                return value.apply(target, args)
              }
            },
          })
          return fn(seen)
        }),
      )
      const error = await it.test
        .run(contract.verifyCode, { feature: 'campaigns', code }, { principal: who, address: '203.0.113.1' })
        .catch(({ code, status, message, details, retryAfter }) => ({ code, status, message, details, retryAfter }))
      return { error, digests: digests.mock.calls.length, writes: writes.mock.calls.length, statements }
    }
    const wrongOne = await refusal(fresh('usr_1'), wrong(made.code))
    expect(wrongOne).toMatchObject({ error: { code: REFUSED, status: 403 }, digests: 1, writes: 1 })
    expect(wrongOne.statements.length).toBeGreaterThan(4)
    expect(await refusal(fresh('usr_2'), used.code)).toEqual(wrongOne)
    expect(await refusal(fresh('usr_3'), revoked.code)).toEqual(wrongOne)
    expect(await refusal(fresh('usr_4'), elsewhere.code)).toEqual(wrongOne)
    expect(await refusal(fresh('usr_5'), somebodys.code)).toEqual(wrongOne)
    expect(await refusal(waiting, made.code)).toEqual(wrongOne)
    pass(HOUR)
    expect(await refusal(fresh('usr_6'), made.code)).toEqual(wrongOne)
    for (let i = 0; i < 400; i++) {
      pass(HOUR)
      await it.enter(waiting, '908172')
    }
    expect(await failures(it, waiting)).toBe(100)
    expect(await refusal(waiting, elsewhere.code)).toEqual(wrongOne)
    expect(await refusal(fresh('usr_7'), '908172')).toEqual(wrongOne)
  })
})
