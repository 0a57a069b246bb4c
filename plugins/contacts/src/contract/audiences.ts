import { InstanceField, PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { Contact, ContactRef, FieldName, FieldValue, Language, Name, reading, Tag, writing } from './shapes.ts'

/** One thing that is true of a contact or is not. */
export const Condition = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('tag'), tag: Tag }),
  z.strictObject({ on: z.literal('language'), language: Language.describe('`ar` finds `ar-EG` as well') }),
  z.strictObject({ on: z.literal('name'), contains: z.string().trim().min(1).max(100) }),
  z.strictObject({ on: z.literal('field'), field: FieldName, equals: FieldValue }),
  z.strictObject({ on: z.literal('field-contains'), field: FieldName, text: FieldValue.min(1) }),
  z.strictObject({ on: z.literal('field-exists'), field: FieldName }),
  z.strictObject({ on: z.literal('consent') }),
  z.strictObject({ on: z.literal('opted-out') }),
  z.strictObject({ on: z.literal('wrote'), after: Timestamp.optional().describe('At any time when absent') }),
  z.strictObject({ on: z.literal('created'), after: Timestamp }),
])
export type Condition = z.output<typeof Condition>

const conditions = z.array(Condition).max(32).default([])
/** Contacts of which everything in `all` is true, something in `any` (when there is anything), and nothing in `none`. */
export const AudienceFilter = z.strictObject({ all: conditions, any: conditions, none: conditions })
export type AudienceFilter = z.output<typeof AudienceFilter>

const AudienceId = z.string().max(64)
const AudienceName = Name.min(1)

const AudienceSummary = z.object({
  audienceId: AudienceId,
  name: z.string(),
  kind: z.enum(['list', 'filter']),
  filter: z.object(AudienceFilter.shape).nullable().describe('`null` for a list'),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export const Audience = AudienceSummary.extend({ count: z.int().describe('Members now, opted-out ones included') })
export type Audience = z.output<typeof Audience>

const audience = z.strictObject({ instance: InstanceField, audienceId: AudienceId })
const Refs = z.array(ContactRef).max(2_000)

export const createAudience = defineCommand('audiences.create', {
  ...writing,
  summary: 'Create an audience: a list of contacts, or a filter that is looked through each time',
  http: { method: 'POST', path: '/audiences', status: 201 },
  hints: { example: { name: 'Cairo', filter: { all: [{ on: 'tag', tag: 'vip' }], none: [{ on: 'opted-out' }] } } },
  input: z.strictObject({
    instance: InstanceField,
    name: AudienceName,
    filter: AudienceFilter.optional().describe('Absent for a list'),
  }),
  output: Audience,
})

export const listAudiences = defineCommand('audiences.list', {
  ...reading,
  summary: 'List audiences, newest first',
  http: { method: 'GET', path: '/audiences' },
  hints: { readOnly: true, example: { limit: 20 } },
  input: z.strictObject({ instance: InstanceField, ...PageQuery }),
  output: page(AudienceSummary),
})

export const getAudience = defineCommand('audiences.get', {
  ...reading,
  summary: 'Get an audience and how many it has',
  http: { method: 'GET', path: '/audiences/{audienceId}' },
  hints: { readOnly: true, example: { audienceId: 'aud_01JDK5WQ7C5R0V8N2T4X9G3JME' } },
  input: audience,
  output: Audience,
})

export const updateAudience = defineCommand('audiences.update', {
  ...writing,
  summary: 'Rename an audience, change its filter, or add to and remove from a list',
  http: { method: 'PATCH', path: '/audiences/{audienceId}' },
  hints: { example: { audienceId: 'aud_01JDK5WQ7C5R0V8N2T4X9G3JME', add: ['+201001234567'] } },
  input: audience.extend({
    name: AudienceName.optional(),
    filter: AudienceFilter.optional(),
    add: Refs.optional().describe('Numbers that are no contacts yet become some'),
    remove: Refs.optional(),
  }),
  output: Audience,
})

export const deleteAudience = defineCommand('audiences.delete', {
  ...writing,
  summary: 'Delete an audience; its members stay contacts',
  http: { method: 'DELETE', path: '/audiences/{audienceId}', status: 204 },
  hints: { destructive: true, example: { audienceId: 'aud_01JDK5WQ7C5R0V8N2T4X9G3JME' } },
  input: audience,
  output: z.object({}),
})

export const listMembers = defineCommand('audiences.members', {
  ...reading,
  summary: 'List the members of an audience, in the order in which they became contacts',
  http: { method: 'GET', path: '/audiences/{audienceId}/members' },
  hints: { readOnly: true, example: { audienceId: 'aud_01JDK5WQ7C5R0V8N2T4X9G3JME', limit: 20 } },
  input: audience.extend(PageQuery),
  output: page(Contact),
})
