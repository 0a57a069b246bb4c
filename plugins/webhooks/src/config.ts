import { z } from '@waqtor/kernel'
import { AllowPrivate } from '@waqtor/outgoing-requests'
import { RETRY_DELAYS_MS } from './schedule.ts'

/** The options of the plugin. */
export const config = z.strictObject({
  allowPrivate: AllowPrivate,
  timeoutMs: z.int().positive().max(60_000).default(15_000).describe('For one attempt, the answer included'),
  retryDelaysMs: z
    .array(z.int().positive())
    .max(30)
    .default([...RETRY_DELAYS_MS])
    .describe('How long after each failed attempt the next one follows; then it is a dead letter'),
  disableAfter: z
    .int()
    .nonnegative()
    .default(5)
    .describe('After so many deliveries in a row that ran out of attempts a webhook is switched off; 0: never'),
  most: z.int().positive().default(100).describe('How many webhooks there may be'),
  keepDays: z.number().positive().default(7).describe('How long deliveries that were taken are kept'),
  keepDeadDays: z.number().positive().default(30).describe('How long dead letters are kept'),
  stopGraceMs: z.int().nonnegative().default(3_000).describe('How long attempts under way may take when it stops'),
})
export type Config = z.output<typeof config>
