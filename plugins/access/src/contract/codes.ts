import { PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { CodeLength, FeatureName, Features, Until } from './features.ts'

const UserId = z.string().min(1).max(64).describe('A user, or a key that was made to be gated')
const CodeId = z.string().min(1).max(64)
const MINUTE = 1 / 60

/** A code without its digits, which are shown once, when it is made. */
export const AccessCode = z.object({
  id: z.string().describe('`cod_…`'),
  features: Features,
  userId: z.string().nullable().describe('Who alone may use it; `null`: whoever has it'),
  length: CodeLength,
  uses: z.int().positive(),
  used: z.int().nonnegative(),
  opensForHours: z.number().nullable(),
  note: z.string(),
  createdAt: Timestamp,
  createdBy: z.string(),
  expiresAt: Timestamp.describe('Until when it can be entered'),
  revokedAt: Timestamp.nullable(),
  state: z
    .enum(['active', 'used', 'expired', 'revoked', 'void'])
    .describe('`void`: the key file that it was made with is gone'),
})
export type AccessCode = z.output<typeof AccessCode>

export const createCode = defineCommand('access.createCode', {
  summary: 'Make an access code; its digits are shown once',
  permission: 'access:write',
  scope: 'host',
  http: { method: 'POST', path: '/access/codes', status: 201 },
  hints: { example: { features: ['campaigns'], uses: 1, lifeHours: 24, opensForHours: 720, note: 'for Mona' } },
  input: z.strictObject({
    features: Features,
    uses: z.int().min(1).max(1_000).default(1).describe('How often it can be entered'),
    lifeHours: z.number().min(MINUTE).max(8_760).default(24).describe('How long it can be entered'),
    opensForHours: z
      .number()
      .min(MINUTE)
      .max(87_600)
      .nullable()
      .default(null)
      .describe('How long what it opens stays open; `null`: for good'),
    length: CodeLength.optional().describe('Digits: 6, or 4; what the config says when absent'),
    userId: UserId.optional().describe('Who alone may use it; whoever has it when absent'),
    note: z.string().trim().max(200).default(''),
  }),
  output: AccessCode.extend({ code: z.string().describe('The digits. They are not shown again') }),
})

export const listCodes = defineCommand('access.listCodes', {
  summary: 'List access codes, newest first, those that have ended included',
  permission: 'access:read',
  scope: 'host',
  http: { method: 'GET', path: '/access/codes' },
  hints: { readOnly: true, example: { limit: 50 } },
  input: z.strictObject(PageQuery),
  output: page(AccessCode),
})

export const revokeCode = defineCommand('access.revokeCode', {
  summary: 'End an access code, and close what it has opened',
  permission: 'access:write',
  scope: 'host',
  http: { method: 'DELETE', path: '/access/codes/{codeId}' },
  hints: { destructive: true, example: { codeId: 'cod_01JD…' } },
  input: z.strictObject({ codeId: CodeId }),
  output: AccessCode,
})

/** What somebody has opened with a code. */
export const Unlock = z.object({
  userId: z.string(),
  feature: z.union([FeatureName, z.literal('all')]),
  codeId: z.string(),
  unlockedAt: Timestamp,
  until: Until,
})
export type Unlock = z.output<typeof Unlock>

export const listUnlocks = defineCommand('access.listUnlocks', {
  summary: 'Who has opened what with which code, and until when',
  permission: 'access:read',
  scope: 'host',
  http: { method: 'GET', path: '/access/unlocks' },
  hints: { readOnly: true, example: { limit: 50 } },
  input: z.strictObject({ ...PageQuery, userId: UserId.optional() }),
  output: page(Unlock),
})

export const unlock = defineCommand('access.unlock', {
  summary: 'Let somebody, or an address, try codes again after too many wrong ones',
  permission: 'access:write',
  scope: 'host',
  http: { method: 'POST', path: '/access/unlock' },
  hints: { example: { userId: 'usr_01JD…' } },
  input: z
    .strictObject({
      userId: UserId.optional(),
      address: z.string().min(2).max(64).optional().describe('An IP address whose tries of today are forgotten'),
    })
    .refine((it) => it.userId !== undefined || it.address !== undefined, 'name a user, an address, or both'),
  output: z.object({ cleared: z.int().nonnegative().describe('How many of the two had wrong tries to forget') }),
})
