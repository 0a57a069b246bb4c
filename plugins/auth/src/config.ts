import { z } from '@waqtor/kernel'

/** The options of the plugin. */
export const config = z.strictObject({
  sessions: z
    .strictObject({
      idleHours: z.number().positive().max(8_760).default(72).describe('A session ends when it is not used this long'),
      maxDays: z.number().positive().max(365).default(30).describe('It ends after this long, however much it is used'),
    })
    .prefault({})
    .describe('How long a person stays signed in'),
  passwordCost: z
    .int()
    .min(14)
    .max(20)
    .default(17)
    .describe('Of scrypt: each step doubles the time and the memory that a password takes, 128 MB at 17'),
  passwordsAtOnce: z
    .int()
    .min(1)
    .max(4)
    .default(2)
    .describe('Passwords that are worked on at a time, each with the memory above; the others wait'),
  activityDays: z.int().positive().default(365).describe('How long the history of sign-ins and changes is kept'),
})
export type Config = z.output<typeof config>
