import { ChatId, InstanceField, PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, defineEvent, z } from '@waqtor/kernel'
import { Phone, Reason, reading, writing } from './shapes.ts'

/** How a choice reached us: the person's own word, somebody here, or the opt-out at another account. */
export const Via = z.enum(['message', 'request', 'everywhere'])
export type Via = z.output<typeof Via>

const choice = z.object({
  contactId: z.string().nullable().describe('`null` when the person is no contact'),
  chatId: ChatId,
  via: Via,
  reason: z.string().optional(),
})

export const ContactOptedOut = defineEvent('contact.opted-out', {
  ...reading,
  kind: 'recorded',
  summary: 'A person wants no more campaigns',
  schema: choice,
})
export const ContactOptedIn = defineEvent('contact.opted-in', {
  ...reading,
  kind: 'recorded',
  summary: 'A person who had opted out wants to hear from us again',
  schema: choice,
})

export const OptOut = z.object({
  chatId: ChatId.nullable().describe('`null` once the person was erased: only the hash is left'),
  contactId: z.string().nullable(),
  at: Timestamp,
  via: Via,
  reason: z.string().nullable(),
})

export const listOptOuts = defineCommand('optOuts.list', {
  ...reading,
  summary: 'List who opted out, the latest first',
  http: { method: 'GET', path: '/opt-outs' },
  hints: { readOnly: true, example: { limit: 20 } },
  input: z.strictObject({ instance: InstanceField, ...PageQuery }),
  output: page(OptOut),
})

export const addOptOuts = defineCommand('optOuts.add', {
  ...writing,
  summary: 'Note that people want no more campaigns, whether they are contacts or not',
  http: { method: 'POST', path: '/opt-outs' },
  hints: { example: { numbers: ['+201001234567'], reason: 'asked on the phone' } },
  input: z.strictObject({
    instance: InstanceField,
    numbers: z.array(Phone).min(1).max(2_000),
    reason: Reason.optional(),
  }),
  output: z.object({ added: z.int().describe('Those for whom it is new') }),
})

export const removeOptOut = defineCommand('optOuts.remove', {
  ...writing,
  summary: 'Take an opt-out back, with the reason why that is right',
  http: { method: 'DELETE', path: '/opt-outs/{number}', status: 204 },
  hints: { destructive: true, example: { number: '+201001234567', reason: 'signed up again in the shop' } },
  input: z.strictObject({ instance: InstanceField, number: Phone, reason: Reason }),
  output: z.object({}),
})
