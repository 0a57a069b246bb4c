import { Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { DisplayName, EmailAddress, KeyInstances, Password, Permission, PhoneNumber, User } from './shapes.ts'

export const SessionId = z.string().regex(/^ses_[0-9A-Z]{26}$/, "must be the id of a session: 'ses_…'")

/** A browser, or a program, in which a user is signed in. Nothing of its token is in it. */
export const Session = z.object({
  id: SessionId,
  address: z.string().nullable().describe('Where it was begun'),
  userAgent: z.string().nullable().describe('What the browser called itself'),
  createdAt: Timestamp,
  lastSeenAt: Timestamp,
  expiresAt: Timestamp.describe('When it ends if it is not used any more'),
  current: z.boolean().describe('The one that asks'),
})
export type Session = z.output<typeof Session>

/** Who one is, and what one may do. */
export const Me = z.object({
  user: User,
  permissions: z.array(Permission).describe('`*`, or each by name'),
  instances: KeyInstances,
})

const own = { scope: 'host' } as const

export const getProfile = defineCommand('profile.get', {
  ...own,
  summary: 'Who I am and what I may do',
  permission: 'profile:read',
  http: { method: 'GET', path: '/profile' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: Me,
})

export const updateProfile = defineCommand('profile.update', {
  ...own,
  summary: 'Change what I am called and how I am reached; `null` removes it',
  permission: 'profile:write',
  http: { method: 'PATCH', path: '/profile' },
  hints: { example: { displayName: 'Mona Adel', email: 'mona@example.org', phone: '+20 100 123 4567' } },
  input: z.strictObject({
    displayName: DisplayName.nullable().optional(),
    email: EmailAddress.nullable().optional(),
    phone: PhoneNumber.nullable().optional(),
    avatarFileId: z.string().min(1).max(64).nullable().optional().describe('A picture of mine among the files'),
  }),
  output: User,
})

export const changePassword = defineCommand('profile.changePassword', {
  ...own,
  summary: 'Change my password; my other sessions end',
  permission: 'profile:write',
  http: { method: 'POST', path: '/profile/password', status: 204 },
  hints: { example: { oldPassword: 'four words in a row', newPassword: 'four other words in a row' } },
  input: z.strictObject({ oldPassword: z.string().max(256), newPassword: Password }),
  output: z.void(),
})

export const listSessions = defineCommand('auth.sessions', {
  ...own,
  summary: 'Where I am signed in, last used first',
  permission: 'profile:read',
  http: { method: 'GET', path: '/profile/sessions' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: z.object({ items: z.array(Session), nextCursor: z.null() }),
})

export const endSession = defineCommand('auth.endSession', {
  ...own,
  summary: 'Sign out elsewhere',
  permission: 'profile:write',
  http: { method: 'DELETE', path: '/profile/sessions/{id}', status: 204 },
  hints: { destructive: true, example: { id: 'ses_01M85S0HY91RVTTV1C0FGHV4G0' } },
  input: z.strictObject({ id: SessionId }),
  output: z.void(),
})

export const endOtherSessions = defineCommand('auth.endOtherSessions', {
  ...own,
  summary: 'Sign out everywhere but here',
  permission: 'profile:write',
  http: { method: 'POST', path: '/profile/sessions/end-others' },
  hints: { example: {} },
  input: z.strictObject({}),
  output: z.object({ ended: z.int().nonnegative() }),
})
