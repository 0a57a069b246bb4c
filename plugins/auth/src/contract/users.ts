import { PageQuery, page } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { DisplayName, EmailAddress, KeyInstances, LoginName, Password, Role, User, UserId } from './shapes.ts'

const one = z.strictObject({ id: UserId })
const example = { id: 'usr_01M85S0HY91RVTTV1C0FGHV4G0' }

export const createUser = defineCommand('users.create', {
  summary: 'Add a person who can sign in',
  permission: 'users:write',
  scope: 'host',
  http: { method: 'POST', path: '/users', status: 201 },
  hints: { example: { name: 'mona', password: 'four words in a row', role: 'user', displayName: 'Mona Adel' } },
  input: z.strictObject({
    name: LoginName,
    password: Password,
    role: Role.default('user'),
    instances: KeyInstances.default('all').describe('The accounts that the person sees and works with'),
    displayName: DisplayName.optional(),
    email: EmailAddress.optional(),
  }),
  output: User,
})

export const listUsers = defineCommand('users.list', {
  summary: 'List the people who can sign in',
  permission: 'users:read',
  scope: 'host',
  http: { method: 'GET', path: '/users' },
  hints: { readOnly: true, example: { limit: 50 } },
  input: z.strictObject(PageQuery),
  output: page(User),
})

export const getUser = defineCommand('users.get', {
  summary: 'Show one user',
  permission: 'users:read',
  scope: 'host',
  http: { method: 'GET', path: '/users/{id}' },
  hints: { readOnly: true, example },
  input: one,
  output: User,
})

export const updateUser = defineCommand('users.update', {
  summary: 'Change what a user may do, or who it is; what changes counts at once',
  permission: 'users:write',
  scope: 'host',
  http: { method: 'PATCH', path: '/users/{id}' },
  hints: { example: { ...example, role: 'viewer', instances: ['default'] } },
  input: z.strictObject({
    id: UserId,
    name: LoginName.optional(),
    role: Role.optional(),
    instances: KeyInstances.optional(),
    displayName: DisplayName.nullable().optional(),
    email: EmailAddress.nullable().optional(),
    disabled: z.boolean().optional().describe('A disabled user is signed out everywhere and cannot come back in'),
  }),
  output: User,
})

export const deleteUser = defineCommand('users.delete', {
  summary: 'Remove a user and all its sessions; keys that it made stay',
  permission: 'users:write',
  scope: 'host',
  http: { method: 'DELETE', path: '/users/{id}', status: 204 },
  hints: { destructive: true, example },
  input: one,
  output: z.void(),
})

export const setPassword = defineCommand('users.setPassword', {
  summary: 'Give a user another password; all its sessions end',
  permission: 'users:write',
  scope: 'host',
  http: { method: 'POST', path: '/users/{id}/password' },
  hints: { example: { ...example, password: 'four other words in a row' } },
  input: z.strictObject({ id: UserId, password: Password }),
  output: User,
})

export const signOutUser = defineCommand('users.signOut', {
  summary: 'End all sessions of a user',
  permission: 'users:write',
  scope: 'host',
  http: { method: 'POST', path: '/users/{id}/sign-out' },
  hints: { example },
  input: one,
  output: z.object({ ended: z.int().nonnegative().describe('How many sessions there were') }),
})

export const unlockUser = defineCommand('users.unlock', {
  summary: 'Let a user try to sign in again at once, after too many wrong passwords',
  permission: 'users:write',
  scope: 'host',
  http: { method: 'POST', path: '/users/{id}/unlock' },
  hints: { example },
  input: one,
  output: User,
})
