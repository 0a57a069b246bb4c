import { Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { Via } from './opt-outs.ts'
import { Contact, one, reading, writing } from './shapes.ts'

export const exportPerson = defineCommand('contacts.export', {
  ...reading,
  summary: 'Everything that is known of one person, for handing out on request',
  http: { method: 'GET', path: '/contacts/{contactId}/export' },
  hints: { readOnly: true, example: { contactId: '+201001234567' } },
  input: one,
  output: z.object({
    exportedAt: Timestamp,
    contact: Contact,
    optOut: z
      .object({ at: Timestamp, via: Via, reason: z.string().nullable(), endedAt: Timestamp.nullable() })
      .nullable()
      .describe('The last one, ended or not'),
    audiences: z.array(z.object({ audienceId: z.string(), name: z.string() })).describe('Lists that name the person'),
  }),
})

export const erasePerson = defineCommand('contacts.erase', {
  ...writing,
  summary: 'Erase a person: only the hash of an opt-out is kept, so that it still holds',
  http: { method: 'POST', path: '/contacts/{contactId}/erase' },
  hints: { destructive: true, example: { contactId: '+201001234567' } },
  input: one,
  output: z.object({ erased: z.boolean().describe('There was a contact') }),
})
