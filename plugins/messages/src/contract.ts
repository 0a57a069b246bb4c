import { ChatAddress, ChatId, InstanceField, PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, defineEvent, z } from '@waqtor/kernel'
import {
  MediaKindSchema,
  Message,
  MessageId,
  MessageKindSchema,
  MessageSourceSchema,
  MessageStatus,
  SendAnswer,
} from './contract/shapes.ts'

export * from './contract/actions.ts'
export * from './contract/cards.ts'
export * from './contract/changes.ts'
export * from './contract/shapes.ts'
export * from './contract/stats.ts'

export const Chat = z.object({
  chatId: ChatId,
  isGroup: z.boolean(),
  lastMessage: z.object({
    messageId: z.string(),
    body: z.string(),
    direction: z.enum(['in', 'out']),
    timestamp: Timestamp,
  }),
})
export type Chat = z.output<typeof Chat>

/** A message came in from somebody. */
export const MessageReceived = defineEvent('message.received', {
  kind: 'recorded',
  permission: 'messages:read',
  scope: 'instance',
  summary: 'A message came in',
  schema: z.object({
    messageId: z.string(),
    chatId: z.string(),
    from: z.string(),
    author: z.string().optional(),
    body: z.string(),
    kind: MessageKindSchema,
    hasMedia: z.boolean(),
    isGroup: z.boolean(),
    quotedMessageId: z.string().optional(),
    mentionedIds: z.array(z.string()).readonly().optional(),
    timestamp: Timestamp,
  }),
})

/** The network accepted a message of ours. */
export const MessageSent = defineEvent('message.sent', {
  kind: 'recorded',
  permission: 'messages:read',
  scope: 'instance',
  summary: 'The network accepted a message',
  schema: z.object({
    messageId: z.string(),
    to: z.string(),
    kind: MessageKindSchema,
    status: MessageStatus,
    timestamp: Timestamp,
    source: MessageSourceSchema,
  }),
})

/** An acknowledgement moved a message of ours forward. */
export const MessageStatusChanged = defineEvent('message.status', {
  kind: 'recorded',
  permission: 'messages:read',
  scope: 'instance',
  summary: 'A message was delivered, read or played',
  schema: z.object({ messageId: z.string(), to: z.string(), status: MessageStatus, timestamp: Timestamp }),
})

const sendOptions = z
  .object({
    quotedMessageId: MessageId.optional(),
    mentionedIds: z.array(ChatId).max(256).optional(),
    linkPreview: z.boolean().optional(),
  })
  .optional()

export const sendText = defineCommand('messages.sendText', {
  summary: 'Send a text message',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/messages/send-text' },
  hints: { idempotent: true, example: { chatId: '+20 100 123 4567', text: 'Hello from WaQtor' } },
  input: z.strictObject({
    instance: InstanceField,
    chatId: ChatAddress,
    text: z.string().min(1).max(65_536),
    options: sendOptions,
  }),
  output: SendAnswer,
})

export const sendMedia = defineCommand('messages.sendMedia', {
  summary: 'Send an image, a video, a sound, a document or a sticker',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/messages/send-media' },
  hints: {
    idempotent: true,
    example: {
      chatId: '201001234567',
      media: 'iVBORw0KGgo=',
      type: 'image',
      mimeType: 'image/png',
      caption: 'A picture',
    },
  },
  input: z
    .strictObject({
      instance: InstanceField,
      chatId: ChatAddress,
      media: z
        .string()
        .min(4)
        .optional()
        .describe('A URL that it is fetched from (http:// or https://), the content in base64, or a data: URL'),
      fileId: z.string().min(1).max(64).optional().describe('Instead of `media`: a file that was handed in before'),
      type: MediaKindSchema.default('document'),
      mimeType: z
        .string()
        .max(127)
        .optional()
        .describe('Taken from the content, the data: URL or the file when absent'),
      caption: z.string().max(65_536).default(''),
      filename: z.string().max(255).optional(),
      options: sendOptions,
    })
    .refine(({ media, fileId }) => (media === undefined) !== (fileId === undefined), {
      path: ['media'],
      message: 'give either the content or the id of a file',
    }),
  output: SendAnswer,
})

export const listMessages = defineCommand('messages.list', {
  summary: 'List messages, newest first',
  permission: 'messages:read',
  scope: 'instance',
  http: { method: 'GET', path: '/messages' },
  hints: { readOnly: true, example: { chatId: '+201001234567', direction: 'in', limit: 20 } },
  input: z.strictObject({
    instance: InstanceField,
    chatId: ChatAddress.optional(),
    direction: z.enum(['in', 'out']).optional(),
    ...PageQuery,
  }),
  output: page(Message),
})

export const getMessage = defineCommand('messages.get', {
  summary: 'Get one message',
  permission: 'messages:read',
  scope: 'instance',
  http: { method: 'GET', path: '/messages/{messageId}' },
  hints: { readOnly: true, example: { messageId: 'true_201001234567@c.us_3EB0C431C26A1916E07A' } },
  input: z.strictObject({ instance: InstanceField, messageId: MessageId }),
  output: Message,
})

export const searchMessages = defineCommand('messages.search', {
  summary: 'Find messages by their words, newest first',
  permission: 'messages:read',
  scope: 'instance',
  http: { method: 'GET', path: '/messages/search' },
  hints: { readOnly: true, example: { query: 'invoice' } },
  input: z.strictObject({
    instance: InstanceField,
    query: z.string().trim().min(1).max(256),
    chatId: ChatAddress.optional(),
    ...PageQuery,
  }),
  output: page(Message),
})

export const listChats = defineCommand('chats.list', {
  summary: 'List chats, the latest active first',
  permission: 'messages:read',
  scope: 'instance',
  http: { method: 'GET', path: '/chats' },
  hints: { readOnly: true, example: { limit: 20 } },
  input: z.strictObject({ instance: InstanceField, ...PageQuery }),
  output: page(Chat),
})

export const getChat = defineCommand('chats.get', {
  summary: 'Get one chat',
  permission: 'messages:read',
  scope: 'instance',
  http: { method: 'GET', path: '/chats/{chatId}' },
  hints: { readOnly: true, example: { chatId: '201001234567@c.us' } },
  input: z.strictObject({ instance: InstanceField, chatId: ChatAddress }),
  output: Chat,
})

export const listChatMessages = defineCommand('chats.messages', {
  summary: 'List the messages of a chat, newest first',
  permission: 'messages:read',
  scope: 'instance',
  http: { method: 'GET', path: '/chats/{chatId}/messages' },
  hints: { readOnly: true, example: { chatId: '201001234567@c.us', limit: 20 } },
  input: z.strictObject({ instance: InstanceField, chatId: ChatAddress, ...PageQuery }),
  output: page(Message),
})

export const checkNumber = defineCommand('numbers.check', {
  summary: 'Check whether a number is on WhatsApp',
  permission: 'messages:read',
  scope: 'instance',
  http: { method: 'GET', path: '/numbers/{number}' },
  hints: { readOnly: true, example: { number: '+201001234567' } },
  input: z.strictObject({ instance: InstanceField, number: ChatAddress }),
  output: z.object({ number: z.string(), exists: z.boolean(), chatId: ChatId.nullable() }),
})
