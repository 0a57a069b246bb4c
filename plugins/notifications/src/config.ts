import { z } from '@waqtor/kernel'

/** The options of the plugin. */
export const config = z.strictObject({
  keepDays: z.number().positive().default(90).describe('Older notifications are removed, read or not'),
  keep: z.int().min(1).max(100_000).default(10_000).describe('So many are kept; the oldest beyond that are removed'),
  foldMinutes: z
    .number()
    .min(0)
    .max(1_440)
    .default(10)
    .describe(
      'Notices that are alike are told once in this time, and twice as rarely each time they go on; 0 tells all',
    ),
  delivery: z
    .strictObject({
      timeoutMs: z.int().positive().default(30_000).describe('How long a channel may take for one notification'),
      retriesMs: z
        .array(z.int().positive())
        .max(10)
        .default([10_000, 60_000, 300_000, 1_800_000])
        .describe('Pauses before a failed delivery is tried again'),
    })
    .prefault({})
    .describe('Channels besides the list'),
})
