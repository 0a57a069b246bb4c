import { Authentication, ConsoleNotice } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { type AuthTest, password, startAuth } from '../fixtures/start-auth.ts'
import { completeSetup, createKey, currentSession, login, setupState } from '../index.ts'
import { SetupToken } from './setup-token.ts'

const nobody = { principal: null, address: '203.0.113.7' }
const closed = { code: 'WAQ_SETUP_CLOSED', status: 404 }
const state = (it: AuthTest) => it.test.run(setupState, {}, nobody)
const complete = (it: AuthTest, token: string, more: object = {}, address = nobody.address) =>
  it.test.run(completeSetup, { token, name: 'mona', password, ...more }, { ...nobody, address })

/** What the log of a host without a console shows. */
function tokenOf({ test }: AuthTest): string {
  const found = test.lines.flatMap((line) => /the token ([0-9a-f]+) makes/.exec(line.message)?.[1] ?? [])
  expect(found).toHaveLength(1)
  return found[0]!
}

describe('D11: the first run', () => {
  it('makes one administrator with the token that was shown, signs it in, and is over then', async () => {
    await using it = await startAuth()
    const token = tokenOf(it)
    expect(token.length * 4).toBeGreaterThanOrEqual(128)
    expect(await state(it)).toEqual({ needed: true, openUntil: expect.any(Number) })
    expect((await it.test.run(currentSession, {}, nobody)).setupNeeded).toBe(true)
    expect(await it.test.service(Authentication).hasKeys({ made: true })).toBe(false)

    const made = await complete(it, ` ${token} `, { displayName: 'Mona Adel' })
    expect(made.user).toMatchObject({ name: 'mona', displayName: 'Mona Adel', role: 'admin', instances: 'all' })
    const principal = (await it.holder(made.token))!
    expect(principal).toMatchObject({ id: made.user.id, permissions: new Set(['*']) })
    expect(await it.test.run(currentSession, {}, { principal })).toMatchObject({
      me: { user: { name: 'mona' }, permissions: ['*'], instances: 'all' },
      setupNeeded: false,
    })
    expect(await it.test.service(Authentication).hasKeys({ made: true })).toBe(true)
    expect(await state(it)).toEqual({ needed: false, openUntil: null })
    await expect(complete(it, token, { name: 'second' })).rejects.toMatchObject(closed)
  })

  it('gives one of two that come at once the place', async () => {
    await using it = await startAuth()
    const token = tokenOf(it)
    const both = await Promise.allSettled([complete(it, token), complete(it, token, { name: 'omar' })])
    expect(both.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('refuses wrong tokens, ten a minute from one address, and then does not look at them', async () => {
    await using it = await startAuth()
    const token = tokenOf(it)
    const codes: string[] = []
    for (let i = 0; i < 12; i++) codes.push(await complete(it, `${i}-${token.slice(2)}`).catch((error) => error.code))
    expect(codes).toEqual([...Array(10).fill('WAQ_SETUP_TOKEN_WRONG'), ...Array(2).fill('WAQ_RATE_LIMITED')])
    await expect(complete(it, 'wrong', {}, '192.0.2.1')).rejects.toMatchObject({ status: 403 })
    expect((await complete(it, token)).user.role).toBe('admin')
  })

  it('keeps the token good when the password is none', async () => {
    await using it = await startAuth()
    const token = tokenOf(it)
    await expect(complete(it, token, { password: 'mona123456' })).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    expect((await complete(it, token)).user.name).toBe('mona')
  })

  it.each(['a key', 'a user', 'a key in the environment'])(
    'is not offered, or not any more, where there is %s',
    async (what) => {
      const apiKey = 'the-string-in-the-environment-0123456789'
      await using it = await startAuth({ options: what.endsWith('environment') ? { apiKey } : {} })
      const token = what.endsWith('environment') ? 'x' : tokenOf(it)
      if (what === 'a key') await it.test.run(createKey, { permissions: ['*'] })
      if (what === 'a user') await it.user('omar')
      expect(await state(it)).toEqual({ needed: false, openUntil: null })
      await expect(complete(it, token)).rejects.toMatchObject(closed)
      if (what.endsWith('environment')) expect(JSON.stringify(it.test.lines)).not.toContain('makes the first')
    },
  )

  it('is not offered by a kernel that only answers the command line', async () => {
    await using it = await startAuth({ options: { serve: false } })
    expect(JSON.stringify(it.test.lines)).not.toContain('token')
    const error = await complete(it, 'x').catch((thrown) => thrown)
    expect(error).toMatchObject(closed)
    expect(error.message).toContain('waqtor users create')
  })

  it('is shown on the console alone, where there is one', async () => {
    const shown: string[] = []
    const screen = definePlugin({
      name: 'console',
      config: z.strictObject({}),
      setup: (ctx) => ctx.on(ConsoleNotice, ({ text }) => void shown.push(text)),
    })
    await using it = await startAuth({ more: [screen()] })
    const token = /token ([0-9a-f]{40}) /.exec(shown.join())?.[1]
    expect(JSON.stringify(it.test.lines)).not.toContain(token)
    expect((await complete(it, token!)).user.role).toBe('admin')
  })

  it('has a window of fifteen minutes', () => {
    let now = 1_000
    const token = new SetupToken(() => now)
    expect([token.is(''), token.openUntil]).toEqual([false, undefined])
    const text = token.draw()
    now += 15 * 60_000 - 1
    expect([token.is(text), token.is(text.slice(1))]).toEqual([true, false])
    const putBack = token.take()
    expect(token.is(text)).toBe(false)
    putBack()
    expect(token.is(text)).toBe(true)
    now += 1
    expect([token.is(text), token.openUntil]).toEqual([false, undefined])
  })
})

describe('D2: there is nothing to come in with by default', () => {
  it('neither user nor password nor token, and no two hosts draw the same', async () => {
    const tokens = new Set<string>()
    for (let i = 0; i < 3; i++) {
      await using it = await startAuth()
      tokens.add(tokenOf(it))
      for (const name of ['admin', 'root', 'user', 'waqtor'])
        for (const common of ['admin', '1234', '0000', 'password', 'waqtor', name])
          await expect(
            it.test.run(login, { name, password: common }, { ...nobody, address: `192.0.2.${common.length}` }),
          ).rejects.toMatchObject({ status: expect.toSatisfy((status) => [401, 429].includes(status)) })
      for (const guess of ['1234', '0000', '1111', 'setup', 'token'])
        await expect(complete(it, guess)).rejects.toMatchObject({ code: 'WAQ_SETUP_TOKEN_WRONG' })
      expect(await state(it)).toMatchObject({ needed: true })
    }
    expect(tokens.size).toBe(3)
  })
})
