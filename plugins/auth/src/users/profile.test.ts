import { defineCommand, definePlugin, type Principal, WaqtorError, z } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { type AuthTest, password, startAuth } from '../fixtures/start-auth.ts'
import * as contract from '../index.ts'

const other = 'four other words in a row'
const asUser = async (it: AuthTest, name = 'mona') => {
  const { token } = await it.signIn(name)
  return { token, call: { principal: (await it.holder(token))!, address: '203.0.113.7' } }
}

describe('the own account', () => {
  it('shows who one is and takes what one is called, for a viewer as for anybody', async () => {
    await using it = await startAuth()
    await it.user('mona', { role: 'viewer', instances: ['shop'] })
    const { call } = await asUser(it)
    const me = await it.test.run(contract.getProfile, {}, call)
    expect(me).toMatchObject({ user: { name: 'mona', role: 'viewer' }, instances: ['shop'] })
    expect(me.permissions).toContain('profile:write')
    const wanted = { displayName: 'Mona Adel', email: 'mona@example.org', phone: '+20 100 123 4567' }
    expect(await it.test.run(contract.updateProfile, wanted, call)).toMatchObject(wanted)
    expect(await it.test.run(contract.updateProfile, { phone: null }, call)).toMatchObject({ ...wanted, phone: null })
    for (const input of [{ role: 'admin' }, { instances: 'all' }, { name: 'root' }, { email: 'no address' }])
      await expect(it.test.run(contract.updateProfile, input as never, call)).rejects.toMatchObject({ status: 400 })
  })

  it('takes as a picture only a file that one may read, and says so to whoever keeps files', async () => {
    const getFile = defineCommand('files.get', {
      ...{ summary: 'Show a file', permission: 'files:read', scope: 'host' as const },
      ...{ input: z.object({ fileId: z.string() }), output: z.object({}) },
    })
    const files = definePlugin({
      name: 'files',
      config: z.object({}),
      setup: (ctx) =>
        ctx.handle(getFile, ({ fileId }, { principal }) => {
          if (fileId === `of-${principal!.id}`) return {}
          throw new WaqtorError('WAQ_NOT_FOUND', 'there is no such file', { status: 404 })
        }),
    })
    await using it = await startAuth({ more: [files()] })
    const { id } = await it.user('mona')
    const { call } = await asUser(it)
    const foreign = it.test.run(contract.updateProfile, { avatarFileId: 'of-somebody' }, call)
    await expect(foreign).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    const own = { avatarFileId: `of-${id}` }
    expect(await it.test.run(contract.updateProfile, own, call)).toMatchObject(own)
    await it.test.run(contract.updateProfile, { avatarFileId: null }, call)
    const told = it.test.events.filter(({ type }) => type === contract.AvatarChosen.id).map(({ data }) => data)
    expect(told).toEqual([{ userId: id, fileId: `of-${id}` }])
  })

  it('changes the password for whoever knows the old one, and ends the other sessions', async () => {
    await using it = await startAuth()
    const { id } = await it.user('mona')
    const here = await asUser(it)
    const there = await asUser(it)
    const change = (oldPassword: string, newPassword: string) =>
      it.test.run(contract.changePassword, { oldPassword, newPassword }, here.call)
    await expect(change('wrong', other)).rejects.toMatchObject({ code: 'WAQ_PASSWORD_WRONG', status: 403 })
    await expect(change(password, 'mona-12345')).rejects.toMatchObject({
      details: { errors: [{ path: 'newPassword', message: 'is little more than the name' }] },
    })
    await change(password, other)
    expect([await it.holder(here.token), await it.holder(there.token)]).toMatchObject([{ id }, undefined])
    await expect(it.signIn('mona')).rejects.toMatchObject({ code: 'WAQ_SIGN_IN_FAILED' })
    expect((await it.signIn('mona', { password: other })).user.id).toBe(id)
    expect(it.recorded).toContainEqual({ type: 'auth.password-changed', data: { userId: id, by: id } })

    for (let i = 0; i < 5; i++) await change('wrong', password).catch(() => {})
    await expect(change(other, password)).rejects.toMatchObject({ code: 'WAQ_RATE_LIMITED' })
    expect(await it.holder(here.token)).toBeDefined()
  })

  it('of two changes at once takes one', async () => {
    await using it = await startAuth()
    await it.user('mona')
    const { call } = await asUser(it)
    const inputs = [other, 'yet other words in a row'].map((newPassword) => ({ oldPassword: password, newPassword }))
    const both = await Promise.allSettled(inputs.map((input) => it.test.run(contract.changePassword, input, call)))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'WAQ_CONFLICT' } })
  })

  it('lists where one is signed in, and ends what is elsewhere or here', async () => {
    await using it = await startAuth()
    await it.user('mona')
    await it.user('omar')
    const [here, there, third] = [await asUser(it), await asUser(it), await asUser(it)]
    const stranger = await asUser(it, 'omar')
    const list = async () => (await it.test.run(contract.listSessions, {}, here.call)).items
    expect((await list()).filter((session) => session.current)).toHaveLength(1)
    expect(await list()).toHaveLength(3)

    const id = there.call.principal.credential!
    await expect(it.test.run(contract.endSession, { id }, stranger.call)).rejects.toMatchObject({ status: 404 })
    await it.test.run(contract.endSession, { id }, here.call)
    expect(await it.holder(there.token)).toBeUndefined()
    await expect(it.test.run(contract.endSession, { id }, here.call)).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    expect(await it.test.run(contract.endOtherSessions, {}, here.call)).toEqual({ ended: 1 })
    expect([await it.holder(third.token), await it.holder(stranger.token)]).toMatchObject([undefined, {}])
    await it.test.run(contract.logout, {}, here.call)
    expect(await it.holder(here.token)).toBeUndefined()

    const ended = it.test.events.filter(({ type }) => type === 'auth.credential-revoked').map(({ data }) => data)
    const ids = [there, third, here].map((one) => one.call.principal.credential)
    expect(ended).toEqual(ids.map((credential) => ({ principalId: here.call.principal.id, credential })))
  })

  it('keeps a history, of which everybody sees the own part and administrators the whole', async () => {
    await using it = await startAuth()
    const { id } = await it.user('mona', { role: 'admin' })
    const { call } = await asUser(it)
    await it.signIn('mona', { password: 'wrong' }).catch(() => {})
    await it.signIn('nobody').catch(() => {})
    const key = await it.test.run(contract.createKey, { name: 'till', permissions: ['*'] }, call)
    await it.test.run(contract.revokeKey, { id: key.id }, call)
    await it.test.run(contract.revokeKey, { id: key.id }, call)
    await it.test.run(contract.changePassword, { oldPassword: password, newPassword: other }, call)

    const own = await it.test.run(contract.profileActivity, {}, call)
    const kinds = ['password-changed', 'key-revoked', 'key-created', 'sign-in-failed', 'signed-in', 'user-created']
    expect(own.items.map(({ kind }) => kind)).toEqual(kinds)
    expect(own.items[1]).toMatchObject({ userId: id, actorId: id, address: '203.0.113.7', details: { name: 'till' } })
    const all = await it.test.run(contract.usersActivity, { limit: 4 }, call)
    expect(all.items.map(({ kind }) => kind)).toEqual([...kinds.slice(0, 3), 'sign-in-failed'])
    const rest = await it.test.run(contract.usersActivity, { limit: 4, cursor: all.nextCursor! }, call)
    expect(rest.items.map(({ kind }) => kind)).toEqual(kinds.slice(3))
    expect(rest.nextCursor).toBeNull()
    const invented = it.test.run(contract.usersActivity, { cursor: '1; DROP TABLE' }, call)
    await expect(invented).rejects.toMatchObject({ code: 'WAQ_CURSOR_INVALID' })
  })

  it('is none for a key, which is told so', async () => {
    await using it = await startAuth()
    const { id, key } = await it.test.run(contract.createKey, { permissions: ['*'] })
    const principal = (await it.holder(key)) as Principal
    expect(principal.id).toBe(id)
    const { getProfile, updateProfile, listSessions, logout, profileActivity, endOtherSessions } = contract
    for (const command of [getProfile, updateProfile, listSessions, logout, profileActivity, endOtherSessions])
      await expect(it.test.kernel.commands.execute(command.id, {}, { principal })).rejects.toMatchObject({
        code: 'WAQ_NOT_A_USER',
        status: 409,
      })
    expect((await it.test.run(contract.currentSession, {}, { principal })).me).toBeNull()
  })
})
