import { InstanceField, PageQuery, page } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import {
  ConsentInput,
  Contact,
  ContactRef,
  Fields,
  FieldsPatch,
  Language,
  Name,
  OnDuplicate,
  one,
  Phone,
  Reason,
  Rejected,
  reading,
  Tag,
  writing,
} from './shapes.ts'

const NewContact = z.strictObject({
  phone: Phone,
  name: Name.default(''),
  language: Language.nullable().default(null),
  tags: z.array(Tag).max(64).default([]),
  fields: Fields.default({}),
  consent: ConsentInput.optional(),
})

export const createContact = defineCommand('contacts.create', {
  ...writing,
  summary: 'Create a contact',
  http: { method: 'POST', path: '/contacts', status: 201 },
  hints: {
    example: { phone: '+20 100 123 4567', name: 'منى', language: 'ar', tags: ['vip'], fields: { city: 'Cairo' } },
  },
  input: NewContact.extend({ instance: InstanceField }),
  output: Contact,
})

export const upsertContacts = defineCommand('contacts.upsertMany', {
  ...writing,
  summary: 'Create or add to many contacts at once; the same call once more changes nothing',
  http: { method: 'POST', path: '/contacts/upsert-many' },
  hints: { example: { contacts: [{ phone: '+201001234567', name: 'Mona', tags: ['shop'] }], onDuplicate: 'update' } },
  input: z.strictObject({
    instance: InstanceField,
    contacts: z.array(NewContact).min(1).max(2_000),
    onDuplicate: OnDuplicate.default('update'),
  }),
  output: z.object({ created: z.int(), updated: z.int(), unchanged: z.int(), rejected: z.array(Rejected) }),
})

export const listContacts = defineCommand('contacts.list', {
  ...reading,
  summary: 'List and search contacts',
  http: { method: 'GET', path: '/contacts' },
  hints: { readOnly: true, example: { search: 'منى' } },
  input: z.strictObject({
    instance: InstanceField,
    search: z.string().trim().max(100).optional().describe('Part of a name or of a number'),
    tag: Tag.optional(),
    language: Language.optional().describe('`ar` finds `ar-EG` as well'),
    optedOut: z.boolean().optional(),
    order: z.enum(['newest', 'name']).default('newest'),
    ...PageQuery,
  }),
  output: page(Contact),
})

export const getContact = defineCommand('contacts.get', {
  ...reading,
  summary: 'Get a contact by its id or phone number',
  http: { method: 'GET', path: '/contacts/{contactId}' },
  hints: { readOnly: true, example: { contactId: '+201001234567' } },
  input: one,
  output: Contact,
})

export const updateContact = defineCommand('contacts.update', {
  ...writing,
  summary: 'Change a contact; what is not named stays as it is',
  http: { method: 'PATCH', path: '/contacts/{contactId}' },
  hints: { example: { contactId: '+201001234567', tags: ['vip'], fields: { city: 'Giza', note: null } } },
  input: one
    .extend({
      name: Name.optional(),
      language: Language.nullable().optional(),
      tags: z.array(Tag).max(64).optional().describe('All of them, in place of the old ones'),
      fields: FieldsPatch.optional().describe('`null` takes a field away'),
      consent: ConsentInput.nullable().optional().describe('`null` withdraws it'),
      optedOut: z.boolean().optional(),
      reason: Reason.optional().describe('Why the opt-out is changed; needed to take one back'),
    })
    .refine((it) => it.optedOut !== false || it.reason !== undefined, {
      path: ['reason'],
      message: 'is needed to take an opt-out back',
    }),
  output: Contact,
})

export const deleteContact = defineCommand('contacts.delete', {
  ...writing,
  summary: 'Delete a contact; an opt-out stays',
  http: { method: 'DELETE', path: '/contacts/{contactId}', status: 204 },
  hints: { destructive: true, example: { contactId: 'con_01JDK5X4B9M3Y7A1Q6E8W2HTZR' } },
  input: one,
  output: z.object({}),
})

const tagging = {
  input: z.strictObject({
    instance: InstanceField,
    contactIds: z.array(ContactRef).min(1).max(2_000),
    tags: z.array(Tag).min(1).max(64),
  }),
  output: z.object({ contacts: z.int().describe('Contacts that were changed') }),
}

export const tagContacts = defineCommand('contacts.tag', {
  ...writing,
  ...tagging,
  summary: 'Give tags to many contacts at once',
  http: { method: 'POST', path: '/contacts/tag' },
  hints: { example: { contactIds: ['+201001234567'], tags: ['vip'] } },
})

export const untagContacts = defineCommand('contacts.untag', {
  ...writing,
  ...tagging,
  summary: 'Take tags from many contacts at once',
  http: { method: 'POST', path: '/contacts/untag' },
  hints: { example: { contactIds: ['+201001234567'], tags: ['vip'] } },
})
