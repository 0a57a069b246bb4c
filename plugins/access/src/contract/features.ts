import { page, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'

/** A feature as the config names it: a set of permissions that is opened as one. */
export const FeatureName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be 1–41 of a–z, 0–9 and -, starting with a letter')
  .describe('A feature, as the config of the access plugin names it')

/** Several features, or `all` that are gated, those of the future included. */
export const Features = z
  .union([z.literal('all'), z.array(FeatureName).min(1).max(50)])
  .describe("Features by name, or 'all' that are gated")
export type Features = z.output<typeof Features>

export const CodeLength = z.literal([4, 6])
export type CodeLength = z.output<typeof CodeLength>

/** A moment, or `null` for good. */
export const Until = Timestamp.nullable().describe('Until when it is open; `null`: for good')

export const Feature = z.object({
  feature: FeatureName,
  gated: z.boolean().describe('Whether it takes a code or a subscription at all'),
  locked: z.boolean().describe('Whether it is closed to the caller now'),
  until: Until,
  codeLength: CodeLength.describe('How many digits its codes have'),
})
export type Feature = z.output<typeof Feature>

/**
 * Viewers hold `…:read` only, and they too must be able to enter a code: hence one permission for all that a person does
 * about the own access.
 */
const own = { permission: 'features:read', scope: 'host' } as const

export const listFeatures = defineCommand('access.features', {
  summary: 'Which features there are, and which of them are locked for the caller',
  ...own,
  http: { method: 'GET', path: '/access/features' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: page(Feature).extend({
    waitUntil: Timestamp.nullable().describe('After too many wrong codes: before this moment none is looked at'),
    blocked: z.boolean().describe('After very many wrong codes: none is looked at until an administrator unlocks'),
  }),
})

export const verifyCode = defineCommand('access.verify', {
  summary: 'Enter an access code, which opens what it was made for',
  ...own,
  http: { method: 'POST', path: '/access/verify' },
  hints: { example: { feature: 'campaigns', code: '402918' } },
  input: z.strictObject({
    feature: FeatureName,
    code: z
      .string()
      .trim()
      .regex(/^[0-9٠-٩۰-۹]{4,8}$/, 'must be 4 to 8 digits')
      .describe('The digits; Arabic-Indic and Persian ones will do as well'),
  }),
  output: z.object({
    feature: FeatureName,
    unlocked: z.literal(true),
    until: Until,
    features: z.array(FeatureName).describe('What is open to the caller now, of all that is gated'),
  }),
})

export const requestAccess = defineCommand('access.request', {
  summary: 'Ask the administrators to open a feature',
  ...own,
  http: { method: 'POST', path: '/access/request' },
  hints: { example: { feature: 'campaigns', note: 'for the spring sale' } },
  input: z.strictObject({
    feature: FeatureName,
    note: z.string().trim().max(200).optional().describe('What it is wanted for'),
  }),
  output: z.object({
    feature: FeatureName,
    requestedAt: Timestamp.describe('When the administrators were told: at most once an hour for each feature'),
  }),
})
