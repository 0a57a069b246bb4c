import { Database, fail } from '@waqtor/contracts'
import { testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { expect, it } from 'vitest'
import { Activity } from '../activity/activity.ts'
import { Passwords } from '../passwords/passwords.ts'
import { migrations } from '../schema.ts'
import { Sessions } from '../sessions/sessions.ts'
import { SessionStore } from '../sessions/store.ts'
import { Roles } from '../users/roles.ts'
import { UserStore } from '../users/store.ts'
import { Users } from '../users/users.ts'
import { KnownAddresses } from './known-addresses.ts'
import { SignIn } from './sign-in.ts'
import { Throttle } from './throttle.ts'

it('a sign-in that nobody had time to look at is no try', async () => {
  await using test = await testKernel({ plugins: [memory()] })
  const database = test.service(Database)
  await database.migrate('auth', 'host', migrations)
  const file = await database.open('host')
  let busy = false
  const passwords = new Passwords(14, async (password, _, length) => {
    if (busy) throw fail('WAQ_RATE_LIMITED', 'too many at once')
    return Buffer.alloc(length, password)
  })
  const users = await Users.open(new UserStore(file), new Roles(test.kernel))
  const limits = { idleMs: 1_000_000, longestMs: 1_000_000 }
  const sessions = await Sessions.open({ store: new SessionStore(file), users, limits, ended: () => {} })
  const parts = { users, sessions, passwords, throttle: new Throttle(file), activity: new Activity(file, undefined) }
  const signIn = new SignIn({ ...parts, addresses: new KnownAddresses(file) })
  const kept = await passwords.hash('right')
  await users.create({ name: 'mona', role: 'user', instances: 'all', password: kept })
  const attempt = (password: string) => signIn.signIn('mona', password, { address: '192.0.2.1', userAgent: null })

  for (let i = 0; i < 4; i++) await expect(attempt('wrong')).rejects.toMatchObject({ code: 'WAQ_SIGN_IN_FAILED' })
  busy = true
  for (let i = 0; i < 40; i++) await expect(attempt('right')).rejects.toThrow('too many at once')
  busy = false
  expect((await attempt('right')).user.name).toBe('mona')
})
