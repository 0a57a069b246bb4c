import { z } from '@waqtor/kernel'

/** `09:00`. Midnight is `00:00`, as an end as well. */
export const timeOfDay = /^(?:[01]\d|2[0-3]):[0-5]\d$/

/**
 * Whether this machine knows the IANA zone. Fixed offsets (`+03:00`) are no zones: they are wrong for half of the year where
 * clocks change.
 */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

const Ms = z.int().min(0).max(3_600_000)

export const Pacing = z
  .strictObject({
    inFlight: z.int().min(1).max(1_000).default(1).describe('Messages under way at once'),
    gapMs: Ms.optional().describe(
      'Pause between two messages, in milliseconds; where courtesy is on 3 to 8 s, else none',
    ),
    gapMaxMs: Ms.optional().describe('Each pause is drawn at random between gapMs and this'),
    perHour: z.int().min(1).optional().describe('At most so many begin in any hour'),
    perDay: z.int().min(1).optional().describe('At most so many begin in any 24 hours'),
  })
  .refine((it) => it.gapMaxMs === undefined || it.gapMaxMs >= (it.gapMs ?? 0), {
    path: ['gapMaxMs'],
    message: 'must not be smaller than gapMs',
  })

const Time = z.string().regex(timeOfDay, "must be a time like '09:00'")
export const SendingHoursInput = z.union([
  z.literal('any'),
  z
    .strictObject({
      from: Time,
      to: Time,
      zone: z
        .string()
        .refine((it) => it === 'recipient' || isZone(it), "must be 'recipient', or an IANA zone like 'Africa/Cairo'")
        .default('recipient'),
    })
    .refine((it) => it.from !== it.to, {
      path: ['to'],
      message: "must be another time than 'from'; write 'any' instead of hours for the whole day",
    }),
])

/** What keeps a campaign from being a nuisance. Load limits and courtesy: no protection from bans is claimed. */
export const CourtesyInput = z.union([
  z.enum(['auto', 'on', 'off']).describe("'auto': on where real people are at the other end"),
  z.strictObject({
    requireConsent: z.boolean().default(true).describe('Only people whose consent is recorded'),
    oncePerWeek: z.boolean().default(true).describe('At most one campaign message a week to each person'),
    warmUp: z.boolean().default(true).describe('Few a day to people who never wrote to us, growing slowly'),
    checkNumbers: z.boolean().default(true).describe('Ask whether a number exists before sending to it'),
  }),
])

export const planFields = {
  pacing: Pacing.prefault({}),
  sendingHours: SendingHoursInput.optional().describe(
    '09:00 to 20:00 of each recipient where courtesy is on, else any',
  ),
  courtesy: CourtesyInput.default('auto'),
  onUnknown: z
    .enum(['hold', 'resend', 'skip'])
    .default('hold')
    .describe(
      'What becomes of a message whose fate cannot be established: a person decides, it is sent again, it is let be',
    ),
  validUntil: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Who was not sent to by then is skipped; later than now, and than scheduleAt'),
}

/** When a campaign starts by itself. */
export const scheduleFields = {
  scheduleAt: z
    .string()
    .max(64)
    .optional()
    .describe('ISO 8601 with its offset, or a local time like 2026-12-24T09:00 together with `zone`'),
  zone: z.string().max(64).optional().describe('IANA zone of `scheduleAt`'),
  late: z
    .enum(['ask', 'send', 'skip'])
    .default('ask')
    .describe('When WaQtor was not running at that time: pause and ask, send all the same, or cancel'),
}

export const PlanView = z.object({
  pacing: z.object({
    inFlight: z.int(),
    gapMs: z.int().optional(),
    gapMaxMs: z.int().optional(),
    perHour: z.int().optional(),
    perDay: z.int().optional(),
  }),
  sendingHours: z
    .union([z.literal('any'), z.object({ from: z.string(), to: z.string(), zone: z.string() })])
    .nullable(),
  courtesy: z.union([
    z.enum(['auto', 'on', 'off']),
    z.object({
      requireConsent: z.boolean(),
      oncePerWeek: z.boolean(),
      warmUp: z.boolean(),
      checkNumbers: z.boolean(),
    }),
  ]),
  onUnknown: z.enum(['hold', 'resend', 'skip']),
  validUntil: z.string().nullable(),
})
export type PlanView = z.output<typeof PlanView>
