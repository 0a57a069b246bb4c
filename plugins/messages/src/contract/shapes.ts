import { ChatId, Timestamp } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'

export const MessageKindSchema = z.enum([
  'text',
  'image',
  'video',
  'audio',
  'voice',
  'document',
  'sticker',
  'location',
  'contact',
  'poll',
  'unknown',
])
export const MediaKindSchema = z.enum(['image', 'video', 'audio', 'voice', 'document', 'sticker'])
export const MessageStatus = z.enum(['pending', 'sent', 'delivered', 'read', 'played', 'failed'])
export const MessageSourceSchema = z.enum(['api', 'campaign', 'smartbot', 'interactive', 'phone'])

/** WhatsApp's ids have 60 characters and, in groups, twice as many. */
export const MessageId = z.string().min(1).max(200)
/** What every send answers. */
export const SendAnswer = z.object({ messageId: z.string(), timestamp: Timestamp })

/** A message as it is stored. */
export const Message = z.object({
  messageId: z.string(),
  chatId: ChatId,
  direction: z.enum(['in', 'out']),
  from: z.string().nullable(),
  author: z.string().nullable(),
  kind: MessageKindSchema,
  body: z.string().describe('As it reads now; empty once it was deleted'),
  hasMedia: z.boolean(),
  quotedMessageId: z.string().nullable(),
  status: MessageStatus.nullable(),
  source: MessageSourceSchema.nullable(),
  timestamp: Timestamp,
  editedAt: Timestamp.nullable().describe('When its text was changed last'),
  deletedAt: Timestamp.nullable().describe('When it was deleted'),
  reactions: z.array(z.object({ from: z.string(), emoji: z.string(), timestamp: Timestamp })),
  votes: z.array(z.object({ from: z.string(), options: z.array(z.string()), timestamp: Timestamp })),
})
export type Message = z.output<typeof Message>
