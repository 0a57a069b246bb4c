import { noticesOf } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { password, startAuth } from '../fixtures/start-auth.ts'
import * as contract from '../index.ts'

const elsewhere = '198.51.100.1'
const failure = { code: 'WAQ_SIGN_IN_FAILED', status: 401 }
const tooMany = { code: 'WAQ_RATE_LIMITED', status: 429 }

describe('a sign-in', () => {
  it('gives a token of 256 bits for a session that is told and remembered', async () => {
    await using it = await startAuth()
    const { id } = await it.user('mona')
    const { token, expiresAt, user } = await it.signIn('MONA', { userAgent: 'Firefox\u0007 \u202eon Linux' })
    expect(token).toMatch(/^waqs_[0-9A-Z]{26}_[0-9a-f]{64}_[0-9a-f]{8}$/)
    expect(user).toMatchObject({ id, lastSignInAt: expect.any(Number) })
    expect(expiresAt).toBe(user.lastSignInAt! + 30 * 86_400_000)
    const held = await it.holder(token)
    expect(held).toMatchObject({ id, role: 'user', credential: expect.stringMatching(/^ses_/) })
    const data = { userId: id, sessionId: held!.credential, address: '203.0.113.7', userAgent: 'Firefox on Linux' }
    expect(it.recorded.at(-1)).toEqual({ type: 'auth.signed-in', data: { ...data, known: true } })
  })

  it('leaves neither password nor token in the database, the log, or an event', async () => {
    await using it = await startAuth()
    await it.user('mona')
    const { token } = await it.signIn('mona')
    await it.signIn('mona', { password: 'not the words in a row' }).catch(() => {})
    await it.signIn('typed-into-the-wrong-field', { password: 'x' }).catch(() => {})
    const { Database } = await import('@waqtor/contracts')
    const file = await it.test.service(Database).open('host')
    const tables = ['auth_users', 'auth_sessions', 'auth_tries', 'auth_activity', 'auth_addresses']
    const rows = await Promise.all(tables.map((table) => file.all(`SELECT * FROM ${table}`)))
    expect(rows.map((some) => some.length).every((count) => count > 0)).toBe(true)
    const kept = JSON.stringify([rows, it.test.lines, it.test.events, it.recorded])
    for (const secret of [password, 'not the words', token!, token!.split('_')[2]!, 'typed-into'])
      expect(kept).not.toContain(secret)
  })

  it('D5: is refused alike for a wrong name, a wrong password and a disabled user', async () => {
    await using it = await startAuth()
    await it.user('root', { role: 'admin' })
    await it.user('mona')
    const { id } = await it.user('gone')
    await it.test.run(contract.updateUser, { id, disabled: true })
    const tries = [
      () => it.signIn('nobody'),
      () => it.signIn('mona', { password: 'four wrong words in a row' }),
      () => it.signIn('gone'),
      () => it.signIn('gone', { password: 'four wrong words in a row' }),
      () => it.signIn('no name at all !'),
    ]
    const outcomes = new Set<string>()
    for (const attempt of tries) {
      const error = await attempt().catch((thrown) => thrown)
      outcomes.add(JSON.stringify([error.code, error.status, error.message, error.details, error.retryAfter]))
    }
    expect([...outcomes]).toHaveLength(1)
    await expect(tries[0]!()).rejects.toMatchObject(failure)
    for (const name of ['mona', 'nobody', 'gone']) {
      const codes = []
      for (let i = 0; i < 6; i++)
        codes.push(await it.signIn(name, { password: 'wrong', address: `192.0.2.${i}` }).catch((error) => error.code))
      expect(codes.at(-1)).toBe('WAQ_RATE_LIMITED')
    }
  })

  it('has to wait after five wrong passwords, whoever sends them, and a right one comes too late', async () => {
    await using it = await startAuth()
    await it.user('mona')
    const codes: string[] = []
    for (let i = 0; i < 8; i++)
      codes.push(await it.signIn('mona', { password: 'wrong', address: `192.0.2.${i}` }).catch((error) => error.code))
    expect(codes).toEqual([...Array(5).fill('WAQ_SIGN_IN_FAILED'), ...Array(3).fill('WAQ_RATE_LIMITED')])
    const error = await it.signIn('mona').catch((thrown) => thrown)
    expect(error).toMatchObject(tooMany)
    expect(error.retryAfter).toBeGreaterThan(0)
    expect(error.retryAfter).toBeLessThanOrEqual(60)
  })

  it('D4: a lock neither ends a session nor keeps the owner out where it has come in before', async () => {
    await using it = await startAuth()
    const { id } = await it.user('mona')
    const { token } = await it.signIn('mona')
    for (let i = 0; i < 20; i++) await it.signIn('mona', { password: 'wrong', address: elsewhere }).catch(() => {})
    await expect(it.signIn('mona', { address: elsewhere })).rejects.toMatchObject(tooMany)
    expect(await it.holder(token)).toMatchObject({ id })
    expect((await it.signIn('mona')).user.id).toBe(id)
    await it.test.run(contract.unlockUser, { id })
    expect((await it.signIn('mona', { address: elsewhere })).user.id).toBe(id)
  })

  it('D3: of two hundred guesses at once five are looked at, and none more after a restart', async () => {
    await using it = await startAuth()
    await it.user('mona')
    const guess = (n: number) => it.signIn('mona', { password: `guess ${n}`, address: `192.0.2.${n}` })
    const codes = async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: 200 }, (_, n) => guess(n)))
      return outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason.code)
    }
    expect((await codes()).filter((code) => code === 'WAQ_SIGN_IN_FAILED')).toHaveLength(5)
    await it.test.reload((entry) => (entry.spec.name === 'auth' ? { ...entry, config: { passwordCost: 15 } } : entry))
    expect(new Set(await codes())).toEqual(new Set(['WAQ_RATE_LIMITED']))
  })

  it('from one address is slowed down over all names, and right ones do not count', async () => {
    await using it = await startAuth()
    for (const name of ['mona', 'omar']) await it.user(name)
    for (let i = 0; i < 29; i++) await it.signIn(`name-${i}`, { address: elsewhere }).catch(() => {})
    for (let i = 0; i < 3; i++) await it.signIn('mona', { address: elsewhere })
    await expect(it.signIn('name-29', { address: elsewhere })).rejects.toMatchObject(failure)
    await expect(it.signIn('omar', { address: elsewhere })).rejects.toMatchObject(tooMany)
    expect((await it.signIn('omar')).user.name).toBe('omar')
  })

  it('D4: a stranger behind the same proxy locks nobody else out', async () => {
    await using it = await startAuth()
    await it.user('mona')
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '::1']) {
      for (let i = 0; i < 40; i++)
        await expect(it.signIn(`name-${address}-${i}`, { address })).rejects.toMatchObject(failure)
      expect((await it.signIn('mona', { address })).user.name).toBe('mona')
    }
  })

  it('makes a new session each time, and ends the one that the browser had', async () => {
    await using it = await startAuth()
    await it.user('mona')
    const first = await it.signIn('mona')
    const second = await it.signIn('mona')
    const replaced = await it.holder(second.token)
    const third = await it.signIn('mona', { principal: replaced! })
    const holders = await Promise.all([first, second, third].map(({ token }) => it.holder(token)))
    expect(holders.map((holder) => holder !== undefined)).toEqual([true, false, true])
    expect(new Set([first, second, third].map(({ token }) => token)).size).toBe(3)
  })

  it('from a new address is told to the user, and to nobody else', async () => {
    await using it = await startAuth()
    const { id } = await it.user('mona')
    for (const address of ['203.0.113.7', '203.0.113.7', elsewhere, elsewhere, undefined])
      await it.signIn('mona', { ...(address && { address }) })
    const notices = noticesOf(it.test.kernel)
    const said = it.recorded.flatMap(({ type, data }) =>
      notices.filter(({ event }) => event.id === type).map(({ say }) => say(data as never, null)),
    )
    expect(said.filter((notice) => notice !== undefined)).toMatchObject([
      { type: 'warning', key: 'auth.new-address', fields: { address: elsewhere }, userIds: [id] },
    ])
    expect(JSON.stringify(said)).toContain(elsewhere)
  })

  it('keeps the password with the present cost, once it is known to be right', async () => {
    await using it = await startAuth()
    const { Database } = await import('@waqtor/contracts')
    await it.user('mona')
    await it.test.reload((entry) => (entry.spec.name === 'auth' ? { ...entry, config: { passwordCost: 15 } } : entry))
    const file = await it.test.service(Database).open('host')
    const cost = async () =>
      (await file.get<{ password: string }>('SELECT password FROM auth_users'))!.password.slice(0, 9)
    expect(await cost()).toBe('scrypt$14')
    await it.signIn('mona')
    expect(await cost()).toBe('scrypt$15')
    await it.signIn('mona')
  })
})
