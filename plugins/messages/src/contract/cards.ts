import { ChatAddress, InstanceField } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { MessageId, SendAnswer } from './shapes.ts'

const to = { instance: InstanceField, chatId: ChatAddress }

export const sendLocation = defineCommand('messages.sendLocation', {
  summary: 'Send a place',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/messages/send-location' },
  hints: {
    idempotent: true,
    example: { chatId: '201001234567', latitude: 30.0444, longitude: 31.2357, name: 'The shop', address: 'Tahrir 1' },
  },
  input: z.strictObject({
    ...to,
    latitude: z.number().min(-90).max(90).describe('Degrees'),
    longitude: z.number().min(-180).max(180).describe('Degrees'),
    name: z.string().trim().min(1).max(256).optional(),
    address: z.string().trim().min(1).max(1_024).optional(),
  }),
  output: SendAnswer,
})

export const sendContact = defineCommand('messages.sendContact', {
  summary: 'Send a contact card',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/messages/send-contact' },
  hints: { idempotent: true, example: { chatId: '201001234567', name: 'Mona', phoneNumber: '+20 100 765 4321' } },
  input: z.strictObject({
    ...to,
    name: z.string().trim().min(1).max(256),
    phoneNumber: ChatAddress.describe('The phone number on the card, in any usual writing'),
  }),
  output: SendAnswer,
})

const Choice = z.string().trim().min(1).max(100)

export const sendPoll = defineCommand('messages.sendPoll', {
  summary: 'Send a poll',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/messages/send-poll' },
  hints: {
    idempotent: true,
    example: { chatId: '201001234567', question: 'When shall we deliver?', options: ['Today', 'Tomorrow'] },
  },
  input: z.strictObject({
    ...to,
    question: z.string().trim().min(1).max(255),
    options: z
      .array(Choice)
      .min(2)
      .max(12)
      .refine((it) => new Set(it).size === it.length, 'no two options may be alike'),
    multiple: z.boolean().default(false).describe('More than one option may be chosen'),
  }),
  output: SendAnswer,
})

export const forwardMessage = defineCommand('messages.forward', {
  summary: 'Pass a message on to another chat, with its file',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/messages/{messageId}/forward' },
  hints: {
    idempotent: true,
    example: { messageId: 'true_201001234567@c.us_3EB0C431C26A1916E07A', chatId: '+966501234567' },
  },
  input: z.strictObject({ ...to, messageId: MessageId }),
  output: SendAnswer,
})
