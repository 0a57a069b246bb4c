import { InstanceId, Timestamp } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'

/** `campaigns:read`, a whole area (`campaigns:*`), or everything (`*`). */
export const Permission = z
  .string()
  .regex(/^(\*|[a-z][a-z0-9-]*:(\*|[a-z][a-z0-9-]*))$/, "must be '<area>:<what>', '<area>:*' or '*'")

/** The accounts that a key or a user reaches. */
export const KeyInstances = z.union([z.literal('all'), z.array(InstanceId).min(1).max(1_000)])

export const UserId = z.string().regex(/^usr_[0-9A-Z]{26}$/, "must be the id of a user: 'usr_…'")

/** What a user may do: everything; the daily work; looking on. */
export const Role = z
  .enum(['admin', 'user', 'viewer'])
  .describe('`admin` may do everything, `user` the daily work, `viewer` looks on')
export type Role = z.output<typeof Role>

/** What somebody types to sign in. Upper and lower case do not differ. */
export const LoginName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .refine((it) => /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]*$/u.test(it.normalize('NFKC')), {
    message: 'must be letters and digits, with . _ @ + - between them',
  })
  .describe('What the person signs in with; an e-mail address will do')

export const Password = z.string().min(10).max(256).describe('10 characters or more; a few words in a row are good')

export const DisplayName = z.string().trim().min(1).max(100).describe('What others see; the name when absent')
export const EmailAddress = z.email().max(254)
export const PhoneNumber = z.string().trim().min(3).max(32)

/** A person who can sign in. Nothing of the password is in it. */
export const User = z.object({
  id: UserId,
  name: z.string(),
  displayName: z.string().nullable(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  avatarFileId: z.string().nullable().describe('A file of the person, as `POST /files` answered it'),
  role: Role,
  instances: KeyInstances,
  createdAt: Timestamp,
  disabledAt: Timestamp.nullable().describe('Since when the person cannot sign in; `null` when they can'),
  lastSignInAt: Timestamp.nullable(),
})
export type User = z.output<typeof User>
