import { defineNotice } from '@waqtor/contracts'
import { defineEvent, z } from '@waqtor/kernel'

const ofUsers = { kind: 'recorded', permission: 'users:read', scope: 'host' } as const

/** Somebody signed in. */
export const SignedIn = defineEvent('auth.signed-in', {
  ...ofUsers,
  summary: 'Somebody signed in',
  schema: z.object({
    userId: z.string(),
    sessionId: z.string(),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    known: z.boolean().describe('The person has signed in from this address before, or never signed in before'),
  }),
})

/** A sign-in was refused. Attempts while somebody has to wait are not told. */
export const SignInFailed = defineEvent('auth.sign-in-failed', {
  ...ofUsers,
  summary: 'A sign-in was refused',
  schema: z.object({
    userId: z.string().nullable().describe('Whose name it was; `null` where nobody has it'),
    address: z.string().nullable(),
  }),
})

/** A password was changed. */
export const PasswordChanged = defineEvent('auth.password-changed', {
  ...ofUsers,
  summary: 'A password was changed',
  schema: z.object({ userId: z.string(), by: z.string().nullable().describe('Who changed it') }),
})

/** A user was added. */
export const UserCreated = defineEvent('user.created', {
  ...ofUsers,
  summary: 'A user was added',
  schema: z.object({ userId: z.string(), name: z.string(), role: z.string(), by: z.string().nullable() }),
})

/** A user was changed: its role, its accounts, whether it may sign in. */
export const UserUpdated = defineEvent('user.updated', {
  ...ofUsers,
  summary: 'A user was changed',
  schema: z.object({ userId: z.string(), changed: z.array(z.string()), by: z.string().nullable() }),
})

/** A user was removed. */
export const UserDeleted = defineEvent('user.deleted', {
  ...ofUsers,
  summary: 'A user was removed',
  schema: z.object({ userId: z.string(), name: z.string(), by: z.string().nullable() }),
})

/** Somebody chose a file as its picture, which it may read: whoever keeps files keeps it. */
export const AvatarChosen = defineEvent('profile.avatar-chosen', {
  kind: 'transient',
  permission: 'users:read',
  scope: 'host',
  summary: 'Somebody chose a picture',
  schema: z.object({ userId: z.string(), fileId: z.string() }),
})

/** What users should know of their own sign-ins. */
export const signInNotices = [
  defineNotice(SignedIn, ({ userId, address, known }) =>
    known
      ? undefined
      : {
          type: 'warning',
          key: 'auth.new-address',
          fields: { address },
          title: 'Sign-in from a new address',
          message: `Somebody signed in as you from ${address ?? 'an unknown address'}. If that was not you, change your password.`,
          link: '/profile',
          userIds: [userId],
        },
  ),
  defineNotice(PasswordChanged, ({ userId, by }) => ({
    type: 'info',
    title: 'Your password was changed',
    message: by === userId ? 'You changed your password.' : 'An administrator changed your password.',
    fields: { byYourself: by === userId },
    link: '/profile',
    userIds: [userId],
  })),
]
