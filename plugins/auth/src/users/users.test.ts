import { CredentialRevoked, People, PermissionsChanged } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { password, startAuth } from '../fixtures/start-auth.ts'
import * as contract from '../index.ts'

const { createUser, deleteUser, getUser, listUsers, setPassword, updateUser } = contract
const principal = (permissions: string[], instances: string[] | 'all' = 'all', role = 'scoped'): Principal => ({
  id: 'somebody',
  role,
  permissions: new Set(permissions),
  instances: instances === 'all' ? 'all' : new Set(instances),
})
const lastAdmin = { code: 'WAQ_LAST_ADMIN', status: 409 }

describe('users', () => {
  it('are made, listed, shown and changed, and their passwords stay out of every answer', async () => {
    await using it = await startAuth()
    const admin = await it.user('Root', { role: 'admin' })
    const mona = await it.user('mona@example.org', { displayName: 'Mona', email: 'mona@example.org' })
    expect(mona).toMatchObject({ role: 'user', instances: 'all', displayName: 'Mona', lastSignInAt: null })
    const first = await it.test.run(listUsers, { limit: 1 })
    const second = await it.test.run(listUsers, { limit: 1, cursor: first.nextCursor! })
    expect([...first.items, ...second.items].map((user) => user.id)).toEqual([admin.id, mona.id])
    expect((await it.test.run(listUsers, { limit: 1, cursor: second.nextCursor! })).items).toEqual([])

    const change = { id: mona.id, name: 'Mona', role: 'viewer' as const, instances: ['shop'], email: null }
    const changed = await it.test.run(updateUser, change)
    expect(changed).toMatchObject({ name: 'Mona', role: 'viewer', instances: ['shop'], email: null })
    expect(changed.displayName).toBe('Mona')
    expect(await it.test.run(getUser, { id: mona.id })).toEqual(changed)
    expect(JSON.stringify([first, second, changed])).not.toMatch(/scrypt|password/)
    expect(it.recorded.map(({ type }) => type)).toEqual(['user.created', 'user.created', 'user.updated'])
  })

  it('have names that differ by more than their writing', async () => {
    await using it = await startAuth()
    const mona = await it.user('Mona')
    const taken = { code: 'WAQ_NAME_TAKEN', status: 409 }
    await expect(it.user('mONA')).rejects.toMatchObject(taken)
    await expect(it.user('Ｍona')).rejects.toMatchObject(taken)
    const omar = await it.user('عمر')
    await expect(it.test.run(updateUser, { id: omar.id, name: 'MONA' })).rejects.toMatchObject(taken)
    expect((await it.test.run(updateUser, { id: mona.id, name: 'MONA' })).name).toBe('MONA')
    expect((await it.signIn('mona')).user.id).toBe(mona.id)
    for (const name of ['', ' ', 'a b', '-a', 'a\u202eb', 'x'.repeat(65)])
      await expect(it.user(name)).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
  })

  it.each([
    ['short', 'expected string to have >=10 characters'],
    ['aaaaaaaaaaaa', 'has too few different characters'],
    ['Password123', 'is one that many people use'],
    ['omar-k-2026!', 'is little more than the name'],
  ])('do not get the password %j', async (weak, reason) => {
    await using it = await startAuth()
    const { id } = await it.user('omar-k')
    const refusals = [it.user('omar-k', { password: weak }), it.test.run(setPassword, { id, password: weak })]
    for (const refusal of refusals) {
      const error = await refusal.catch((thrown) => thrown)
      expect(error).toMatchObject({ code: 'WAQ_INPUT_INVALID', details: { errors: [{ path: 'password' }] } })
      expect(error.message).toContain(reason)
      expect(error.message).not.toContain(weak)
    }
  })

  it('always have an administrator among them who can sign in', async () => {
    await using it = await startAuth()
    const { id } = await it.user('root', { role: 'admin' })
    await it.user('half', { role: 'admin', instances: ['shop'] })
    const blows = [
      () => it.test.run(deleteUser, { id }),
      () => it.test.run(updateUser, { id, role: 'user' }),
      () => it.test.run(updateUser, { id, disabled: true }),
      () => it.test.run(updateUser, { id, instances: ['shop'] }),
    ]
    for (const blow of blows) await expect(blow()).rejects.toMatchObject(lastAdmin)
    expect((await it.signIn('root')).user).toMatchObject({ role: 'admin', instances: 'all' })

    const other = await it.user('other', { role: 'admin' })
    const both = await Promise.allSettled([
      it.test.run(updateUser, { id, role: 'user' }),
      it.test.run(deleteUser, { id: other.id }),
    ])
    expect(both.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('cannot be given, seen or changed by somebody who may do less', async () => {
    await using it = await startAuth()
    const root = await it.user('root', { role: 'admin' })
    const near = await it.user('near', { role: 'viewer', instances: ['shop'] })
    const call = { principal: principal(['*'], ['shop']) }
    const forbidden = { code: 'WAQ_FORBIDDEN' }
    const wanted = { name: 'new', password, role: 'admin' } as const
    await expect(it.test.run(createUser, wanted, call)).rejects.toMatchObject(forbidden)
    await expect(it.test.run(updateUser, { id: near.id, instances: 'all' }, call)).rejects.toMatchObject(forbidden)
    for (const command of [getUser, deleteUser, contract.signOutUser, contract.unlockUser])
      await expect(it.test.kernel.commands.execute(command.id, { id: root.id }, call)).rejects.toMatchObject({
        code: 'WAQ_NOT_FOUND',
      })
    await expect(it.test.run(setPassword, { id: root.id, password: `${password}!` }, call)).rejects.toMatchObject({
      code: 'WAQ_NOT_FOUND',
    })
    expect((await it.test.run(listUsers, {}, call)).items.map((user) => user.name)).toEqual(['near'])
    expect((await it.test.run(contract.usersActivity, {}, call)).items.map((entry) => entry.userId)).toEqual([near.id])

    const few = { principal: principal(['users:write']) }
    await expect(it.test.run(createUser, { ...wanted, role: 'viewer' }, few)).rejects.toMatchObject(forbidden)
    const gated = { principal: principal(['*'], 'all', 'gated') }
    await expect(it.test.run(createUser, wanted, gated)).rejects.toMatchObject(forbidden)
    await expect(it.test.run(getUser, { id: root.id }, gated)).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })

  it('are out of reach as soon as they may do more, also for what is under way', async () => {
    await using it = await startAuth()
    await it.user('root', { role: 'admin' })
    const { id } = await it.user('mona')
    const held = (await it.holder((await it.signIn('mona')).token))!
    const helper = { principal: principal([...held.permissions, 'users:write']) }
    const gone = { code: 'WAQ_NOT_FOUND' }
    // The password takes its time, in which the user becomes an administrator.
    const taken = it.test.run(setPassword, { id, password: 'chosen by the helper' }, helper)
    await it.test.run(updateUser, { id, role: 'admin' })
    await expect(taken).rejects.toMatchObject(gone)
    expect((await it.signIn('mona')).user.role).toBe('admin')

    for (const change of [
      () => it.test.run(updateUser, { id, displayName: 'x' }, helper),
      () => it.test.run(deleteUser, { id }, helper),
    ]) {
      await it.test.run(updateUser, { id, role: 'user' })
      const outcomes = await Promise.allSettled([it.test.run(updateUser, { id, role: 'admin' }), change()])
      expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: gone }])
    }
  })

  it('are changed at once: on sessions and connections that are open, too', async () => {
    await using it = await startAuth()
    await it.user('root', { role: 'admin' })
    const { id } = await it.user('mona')
    const { token } = await it.signIn('mona')
    const held = (await it.holder(token))!
    expect(held).toMatchObject({ id, role: 'user', instances: 'all' })
    expect(held.permissions).not.toContain('users:read')

    await it.test.run(updateUser, { id, role: 'admin', instances: ['shop'] })
    expect(held).toMatchObject({ role: 'admin', permissions: new Set(['*']), instances: new Set(['shop']) })
    expect(held.instances).toBe(held.instances)
    const told = () =>
      it.test.events.filter(({ type }) => type === PermissionsChanged.id || type === CredentialRevoked.id)
    expect(told().map(({ type, data }) => [type, data])).toEqual([[PermissionsChanged.id, { principalId: id }]])
    await it.test.run(updateUser, { id, displayName: 'Mona' })
    expect(told()).toHaveLength(1)

    await it.test.run(updateUser, { id, disabled: true })
    expect(held.permissions.size).toBe(0)
    expect(await it.holder(token)).toBeUndefined()
    expect(told().map(({ data }) => data)).toContainEqual({ principalId: id })
    await expect(it.signIn('mona')).rejects.toMatchObject({ code: 'WAQ_SIGN_IN_FAILED' })
    await it.test.run(updateUser, { id, disabled: false })
    expect(await it.holder(token)).toBeUndefined()
    expect(await it.holder((await it.signIn('mona')).token)).toBeDefined()
  })

  it('are the people whom others can reach, together with the keys that are good', async () => {
    await using it = await startAuth()
    await it.user('root', { role: 'admin' })
    const { id } = await it.user('mona', { role: 'viewer', instances: ['shop'] })
    const gone = await it.user('gone')
    await it.test.run(updateUser, { id: gone.id, disabled: true })
    const key = await it.test.run(contract.createKey, { permissions: ['users:read'] })
    const revoked = await it.test.run(contract.createKey, { permissions: ['*'] })
    await it.test.run(contract.revokeKey, { id: revoked.id })
    const people = await it.test.service(People).people()
    expect(people.map(({ role }) => role)).toEqual(['admin', 'viewer', 'admin', 'scoped'])
    expect(people[1]).toMatchObject({ id, instances: new Set(['shop']) })
    expect(people[1]!.credential).toBeUndefined()
    expect(people[3]).toMatchObject({ id: key.id, permissions: new Set(['users:read']) })
  })

  it('are gone with their sessions when they are removed', async () => {
    await using it = await startAuth()
    await it.user('root', { role: 'admin' })
    const { id } = await it.user('mona')
    const { token } = await it.signIn('mona')
    const held = (await it.holder(token))!
    await it.test.run(deleteUser, { id })
    expect(await it.holder(token)).toBeUndefined()
    expect([held.role, held.permissions.size, [...held.instances]]).toEqual(['viewer', 0, []])
    await expect(it.test.run(deleteUser, { id })).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    expect((await it.user('mona')).id).not.toBe(id)
    const [last] = (await it.test.run(contract.usersActivity, { userId: id })).items
    expect(last).toMatchObject({ kind: 'user-deleted', details: { name: 'mona' } })
  })

  it('get another password from an administrator, and are signed out by it', async () => {
    await using it = await startAuth()
    const { id } = await it.user('mona')
    const { token } = await it.signIn('mona')
    for (let i = 0; i < 5; i++) await it.signIn('mona', { password: 'wrong', address: '198.51.100.1' }).catch(() => {})
    const other = 'four other words in a row'
    await it.test.run(setPassword, { id, password: other })
    expect(await it.holder(token)).toBeUndefined()
    await expect(it.signIn('mona')).rejects.toMatchObject({ code: 'WAQ_SIGN_IN_FAILED' })
    const again = await it.signIn('mona', { password: other, address: '198.51.100.1' })
    expect(await it.test.run(contract.signOutUser, { id })).toEqual({ ended: 1 })
    expect(await it.holder(again.token)).toBeUndefined()
  })
})
