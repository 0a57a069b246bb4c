import { Database } from '@waqtor/contracts'
import { testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { describe, expect, it } from 'vitest'
import { migrations } from '../schema.ts'
import { Roles } from '../users/roles.ts'
import { UserStore } from '../users/store.ts'
import { Users } from '../users/users.ts'
import { cookieToken } from './cookie-token.ts'
import { Sessions } from './sessions.ts'
import { SessionStore } from './store.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const from = { address: '203.0.113.7', userAgent: null }

/** The sessions of one user, with a clock of their own. */
async function stand() {
  const test = await testKernel({ plugins: [memory()] })
  const database = test.service(Database)
  await database.migrate('auth', 'host', migrations)
  const file = await database.open('host')
  const clock = { now: 1_000_000 }
  const now = () => clock.now
  const users = await Users.open(new UserStore(file), new Roles(test.kernel), now)
  const { id } = await users.create({ name: 'mona', role: 'user', instances: 'all', password: '' })
  const ended: string[] = []
  const open = () =>
    Sessions.open({
      store: new SessionStore(file),
      users,
      limits: { idleMs: 72 * HOUR, longestMs: 30 * DAY },
      ended: (_, credential) => ended.push(credential),
      now,
    })
  const begin = async (sessions: Sessions) => {
    const beginning = sessions.begin(id, from)
    await file.write((tx) => beginning.write(tx))
    return beginning
  }
  return { id, file, clock, ended, open, begin, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() }
}

describe('a session', () => {
  it('is good from the moment it is written down, and by the whole of its token', async () => {
    await using it = await stand()
    const sessions = await it.open()
    const unwritten = sessions.begin(it.id, from)
    expect(sessions.verify(unwritten.token)).toBeUndefined()
    const { token, credential } = await it.begin(sessions)
    expect(sessions.verify(token)).toMatchObject({ id: it.id, credential })
    const other = await it.begin(sessions)
    const mixed = token.slice(0, 32) + other.token.slice(32)
    for (const wrong of [mixed, `${token}0`, token.slice(1), token.toUpperCase(), token.replace('waqs', 'waq'), ''])
      expect(sessions.verify(wrong)).toBeUndefined()
  })

  it('slides while it is used, and ends when it is not', async () => {
    await using it = await stand()
    const sessions = await it.open()
    const { token, credential } = await it.begin(sessions)
    for (let i = 0; i < 3; i++) {
      it.clock.now += 72 * HOUR - 1
      expect(sessions.verify(token)).toBeDefined()
    }
    it.clock.now += 72 * HOUR
    expect(sessions.verify(token)).toBeUndefined()
    expect(sessions.list(it.id, undefined)).toEqual([])
    expect(it.ended).toEqual([])
    await sessions.tidy()
    expect(it.ended).toEqual([credential])
    expect(await it.file.all('SELECT * FROM auth_sessions')).toEqual([])
  })

  it('ends after thirty days, however much it is used', async () => {
    await using it = await stand()
    const sessions = await it.open()
    const { token, expiresAt } = await it.begin(sessions)
    while (it.clock.now + DAY < expiresAt) {
      it.clock.now += DAY
      expect(sessions.verify(token)).toBeDefined()
    }
    expect(sessions.list(it.id, undefined)[0]!.expiresAt).toBe(expiresAt)
    it.clock.now = expiresAt
    expect(sessions.verify(token)).toBeUndefined()
  })

  it('outlives a restart, with when it was last seen', async () => {
    await using it = await stand()
    const before = await it.open()
    const { token, credential } = await it.begin(before)
    it.clock.now += HOUR
    before.verify(token)
    await before.tidy()
    const after = await it.open()
    expect(after.list(it.id, credential)).toEqual([
      {
        ...{ id: credential, ...from, current: true, createdAt: it.clock.now - HOUR },
        ...{ lastSeenAt: it.clock.now, expiresAt: it.clock.now + 72 * HOUR },
      },
    ])
    expect(after.verify(token)).toMatchObject({ credential })
  })

  it('gives way where a user has fifty: the one that was not used for longest', async () => {
    await using it = await stand()
    const sessions = await it.open()
    const all = []
    for (let i = 0; i < 50; i++) {
      it.clock.now++
      all.push(await it.begin(sessions))
    }
    it.clock.now++
    sessions.verify(all[0]!.token)
    await it.begin(sessions)
    expect(it.ended).toEqual([all[1]!.credential])
    expect(sessions.list(it.id, undefined)).toHaveLength(50)
  })
})

describe('the end of all sessions of a user', () => {
  it('is that of one, too, which began just before in the same commit', async () => {
    await using it = await stand()
    const sessions = await it.open()
    const beginning = sessions.begin(it.id, from)
    const [, , ended] = await Promise.all([
      it.file.write((tx) => tx.run('DELETE FROM auth_tries')),
      it.file.write((tx) => beginning.write(tx)),
      it.file.write((tx) => sessions.endAllIn(tx, it.id)),
    ])
    expect(ended).toBe(1)
    expect(sessions.verify(beginning.token)).toBeUndefined()
    expect(it.ended).toEqual([beginning.credential])
  })

  it('leaves out the one that asks, and those of others', async () => {
    await using it = await stand()
    const sessions = await it.open()
    const [kept, gone] = [await it.begin(sessions), await it.begin(sessions)]
    expect(await it.file.write((tx) => sessions.endAllIn(tx, it.id, kept.credential))).toBe(1)
    expect(await it.file.write((tx) => sessions.endAllIn(tx, 'usr_other'))).toBe(0)
    expect(await it.file.write((tx) => sessions.endIn(tx, 'usr_other', kept.credential))).toBe(false)
    expect([sessions.verify(kept.token), sessions.verify(gone.token)]).toMatchObject([{}, undefined])
  })
})

describe('the cookie', () => {
  it.each([
    ['waqtor_session=a', 'a'],
    ['x=1; waqtor_session=a; y=2', 'a'],
    ['waqtor_session=planted; __Host-waqtor=own', 'own'],
    ['waqtor_session=planted; __Host-waqtor=', ''],
    ['__host-waqtor=a', undefined],
    ['xwaqtor_session=a', undefined],
    ['waqtor_session', undefined],
    [null, undefined],
  ])('in %j is %j', (header, token) => {
    expect(cookieToken(header)).toBe(token)
  })
})
