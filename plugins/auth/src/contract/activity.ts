import { PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { UserId } from './shapes.ts'

export const activityKinds = [
  'signed-in',
  'sign-in-failed',
  'signed-out',
  'sessions-ended',
  'password-changed',
  'password-set',
  'user-created',
  'user-updated',
  'user-deleted',
  'profile-updated',
  'key-created',
  'key-revoked',
] as const

/** Something that happened around a user. */
export const ActivityEntry = z.object({
  id: z.string(),
  time: Timestamp,
  kind: z.enum(activityKinds),
  userId: z.string().nullable().describe('Whose history it belongs to; `null` where a name was tried that nobody has'),
  actorId: z.string().nullable().describe('Who did it: a user, a key, `cli`; `null` for somebody unknown'),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  details: z.record(z.string(), z.string()).describe('Names and ids, by kind; never a secret'),
})
export type ActivityEntry = z.output<typeof ActivityEntry>

export const usersActivity = defineCommand('users.activity', {
  summary: 'What happened around users, newest first',
  permission: 'users:read',
  scope: 'host',
  http: { method: 'GET', path: '/users/activity' },
  hints: { readOnly: true, example: { limit: 50 } },
  input: z.strictObject({ ...PageQuery, userId: UserId.optional().describe('Only of this user') }),
  output: page(ActivityEntry),
})

export const profileActivity = defineCommand('profile.activity', {
  summary: 'What happened around me, newest first',
  permission: 'profile:read',
  scope: 'host',
  http: { method: 'GET', path: '/profile/activity' },
  hints: { readOnly: true, example: { limit: 50 } },
  input: z.strictObject(PageQuery),
  output: page(ActivityEntry),
})
