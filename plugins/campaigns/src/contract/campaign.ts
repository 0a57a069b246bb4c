import { ChatId, Timestamp } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'
import { MessageView, warnings } from './message.ts'
import { PlanView } from './plan.ts'
import { CampaignStatusSchema, counters, RecipientState } from './states.ts'

export const CampaignId = z.string().max(64)

export const Campaign = z.object({
  campaignId: CampaignId,
  name: z.string(),
  status: CampaignStatusSchema,
  reason: z.string().nullable().describe('Why it is paused, failed or cancelled'),
  template: z.string().describe('The text of the first variant'),
  message: MessageView,
  variables: z.record(z.string(), z.string()),
  ...PlanView.shape,
  audienceId: z.string().nullable(),
  leftOut: z.int().describe('People of the audience who are no recipients, for a variable had no value for them'),
  ...counters,
  createdAt: Timestamp,
  scheduleAt: Timestamp.nullable(),
  startedAt: Timestamp.nullable(),
  finishedAt: Timestamp.nullable(),
})
export type Campaign = z.output<typeof Campaign>

/** What most of the time goes into. */
const limits = ['gap', 'perHour', 'perDay', 'hours', 'warmUp', 'speed'] as const

/** How it goes, for whoever watches. */
export const Progress = z.object({
  remaining: z.int(),
  ratePerMinute: z.number().describe('Begun in the last minute'),
  nextAt: Timestamp.nullable().describe('When it goes on, where it waits for hours or caps'),
  expectedFinishAt: Timestamp.nullable().describe(
    'With pauses, caps and sending hours; null when it does not run, or nothing can be sent',
  ),
  limitedBy: z
    .enum([...limits, 'session', 'doubt'])
    .nullable()
    .describe('session: the account is not connected; doubt: it is being looked for what became of the last ones'),
})
export type Progress = z.output<typeof Progress>

export const Recipient = z.object({
  recipientId: z.int(),
  chatId: ChatId,
  variant: z.string().nullable(),
  state: RecipientState,
  reason: z.string().nullable(),
  attempt: z.int(),
  messageId: z.string().nullable(),
  body: z.string().nullable().describe('What was sent'),
  variables: z.record(z.string(), z.string()),
  sentAt: Timestamp.nullable(),
  deliveredAt: Timestamp.nullable(),
  readAt: Timestamp.nullable(),
  repliedAt: Timestamp.nullable(),
})
export type Recipient = z.output<typeof Recipient>

/** One message as it would be sent. */
export const Rendered = z.object({
  chatId: ChatId,
  variant: z.string().nullable(),
  language: z.string().nullable(),
  body: z.string(),
  media: z.string().nullable().describe('Name of the file that goes with it'),
  verdict: z.enum(['send', 'wait', 'skip']),
  reason: z
    .string()
    .nullable()
    .describe('Why it waits (sending-hours, warm-up, cap) or is skipped; incomplete: a variable has no value'),
  at: Timestamp.nullable().describe('Until when it waits'),
})

const PreviewSummary = z.object({
  total: z.int(),
  examined: z.int().describe('Recipients that the figures below were taken from'),
  willSend: z.int(),
  willSkip: z.array(z.object({ reason: z.string(), count: z.int() })),
  missing: z.array(z.object({ variable: z.string(), count: z.int() })).describe('Variables without a value'),
  startsAt: Timestamp.nullable(),
  expectedFinishAt: Timestamp.nullable(),
  limitedBy: z.enum(limits).nullable(),
})
export type PreviewSummary = z.output<typeof PreviewSummary>

export const Preview = z.object({
  items: z.array(Rendered),
  nextCursor: z.string().nullable(),
  warnings,
  summary: PreviewSummary.nullable().describe('Of the whole campaign; with the first page only'),
})
export type Preview = z.output<typeof Preview>

export const Stats = z.object({
  ...counters,
  optedOut: z.int().describe('Replied and want no more messages'),
  reasons: z.array(z.object({ state: RecipientState, reason: z.string().nullable(), count: z.int() })),
  variants: z.array(z.object({ name: z.string(), ...counters })),
  durationMs: z.int().nullable(),
})
