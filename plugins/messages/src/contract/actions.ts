import { ChatAddress, InstanceField } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { MessageId } from './shapes.ts'

const one = { instance: InstanceField, messageId: MessageId }
const chat = { instance: InstanceField, chatId: ChatAddress }
const Nothing = z.object({})

export const reactToMessage = defineCommand('messages.react', {
  summary: 'React to a message with an emoji, or take the reaction back',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/messages/{messageId}/react' },
  hints: { example: { messageId: 'true_201001234567@c.us_3EB0C431C26A1916E07A', emoji: '👍' } },
  input: z.strictObject({
    ...one,
    emoji: z.string().trim().max(32).describe('One emoji; empty takes the reaction back'),
  }),
  output: Nothing,
})

export const editMessage = defineCommand('messages.edit', {
  summary: 'Change the text of a message of ours; WhatsApp allows it for about 15 minutes',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/messages/{messageId}/edit' },
  hints: { example: { messageId: 'true_201001234567@c.us_3EB0C431C26A1916E07A', text: 'Hello from WaQtor!' } },
  input: z.strictObject({ ...one, text: z.string().min(1).max(65_536) }),
  output: Nothing,
})

export const deleteMessage = defineCommand('messages.delete', {
  summary: 'Delete a message for this account, or for everybody in the chat',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/messages/{messageId}/delete' },
  hints: {
    destructive: true,
    example: { messageId: 'true_201001234567@c.us_3EB0C431C26A1916E07A', forEveryone: true },
  },
  input: z.strictObject({
    ...one,
    forEveryone: z.boolean().default(false).describe('Only for messages of ours, and only for about two days'),
  }),
  output: Nothing,
})

export const markSeen = defineCommand('messages.markSeen', {
  summary: 'Tell a chat that its messages were read',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/chats/{chatId}/seen' },
  hints: { example: { chatId: '201001234567@c.us' } },
  input: z.strictObject(chat),
  output: Nothing,
})

export const showTyping = defineCommand('messages.typing', {
  summary: 'Show in a chat that somebody is typing or recording, or no longer is',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/chats/{chatId}/typing' },
  hints: { example: { chatId: '201001234567@c.us', state: 'typing' } },
  input: z.strictObject({ ...chat, state: z.enum(['typing', 'recording', 'paused']).default('typing') }),
  output: Nothing,
})

export const getMedia = defineCommand('messages.media', {
  summary: 'Download the file of a message from WhatsApp',
  permission: 'messages:read',
  scope: 'instance',
  http: { method: 'POST', path: '/messages/{messageId}/media' },
  hints: { example: { messageId: 'true_201001234567@c.us_3EB0C431C26A1916E07A' } },
  input: z.strictObject(one),
  output: z.object({
    messageId: z.string(),
    mimeType: z.string().describe('As the sender says; check it before you trust it'),
    filename: z.string().nullable(),
    bytes: z.int().nonnegative(),
    fileId: z.string().nullable().describe('Where the content can be fetched: files.read. It is kept for a while'),
    data: z.string().nullable().describe('The content in base64, where no plugin stores files'),
  }),
})
