import { Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { Me } from './profile.ts'
import { LoginName, Password, User } from './shapes.ts'

const UserAgent = z.string().max(1_000).optional().describe('Shown in the list of sessions')

/** What a sign-in gives. */
export const SignedInSession = z.object({
  token: z
    .string()
    .optional()
    .describe('Sent as `Authorization: Bearer`. Not there where a browser got it as a cookie instead'),
  expiresAt: Timestamp.describe('The session ends then, however much it is used'),
  user: User,
})

export const login = defineCommand('auth.login', {
  summary: 'Sign in with a name and a password',
  permission: 'public',
  scope: 'host',
  http: { method: 'POST', path: '/auth/login' },
  hints: { example: { name: 'mona', password: 'four words in a row' } },
  input: z.strictObject({
    name: z.string().min(1).max(64),
    password: z.string().min(1).max(256),
    userAgent: UserAgent,
  }),
  output: SignedInSession,
})

export const logout = defineCommand('auth.logout', {
  summary: 'Sign out: the session that asks ends',
  permission: 'profile:write',
  scope: 'host',
  http: { method: 'POST', path: '/auth/logout', status: 204 },
  hints: { example: {} },
  input: z.strictObject({}),
  output: z.void(),
})

export const currentSession = defineCommand('auth.session', {
  summary: 'Whether somebody is signed in, and who: what a page asks first',
  permission: 'public',
  scope: 'host',
  http: { method: 'GET', path: '/auth/session' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: z.object({
    me: Me.nullable().describe('`null` when nobody is signed in'),
    setupNeeded: z.boolean().describe('There is nobody yet who could sign in'),
  }),
})

export const setupState = defineCommand('setup.state', {
  summary: 'Whether the first administrator is still to be made',
  permission: 'public',
  scope: 'host',
  http: { method: 'GET', path: '/auth/setup' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: z.object({
    needed: z.boolean(),
    openUntil: Timestamp.nullable().describe('Until when the token on the console is good; `null` when none is'),
  }),
})

export const completeSetup = defineCommand('setup.complete', {
  summary: 'Make the first administrator, with the one-time token from the console',
  permission: 'public',
  scope: 'host',
  http: { method: 'POST', path: '/auth/setup', status: 201 },
  hints: {
    example: {
      token: '5f1d0c7e9a3b42868c04d1f7a2b95e60c3d8417b',
      name: 'mona',
      password: 'four words in a row',
      displayName: 'Mona Adel',
    },
  },
  input: z.strictObject({
    token: z.string().min(1).max(200),
    name: LoginName,
    password: Password,
    displayName: z.string().trim().min(1).max(100).optional(),
    userAgent: UserAgent,
  }),
  output: SignedInSession,
})
