import { InstanceField, InstanceId, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { Card, MediaKind } from './contract/content.ts'

const Rate = z.number().min(0).max(1)
const Delay = z.int().min(0).max(86_400_000)
/** Numbers below this are a distance in milliseconds, those above a moment: nobody shifts a clock by three years. */
export const CLOCK_MOMENT_FROM = 100_000_000_000

/** How the virtual network behaves. Every field may be left out: what is not named stays as it is. */
export const Control = z
  .strictObject({
    instance: InstanceId.describe('Only the phone of this account; all of them, later ones too, when absent'),
    latencyMs: Delay.describe('How long a message waits in the outbox of the page before the network has it'),
    ackDelayMs: Delay.describe('From accepted to delivered, and again from delivered to read'),
    refuseRate: Rate.describe('Share of sends that are refused before anything leaves'),
    dropAnswerRate: Rate.describe('Share of sends that the network accepts without ever answering'),
    dropAckRate: Rate.describe('Share of acknowledgements that get lost; each of a message is drawn on its own'),
    history: z
      .enum(['full', 'delayed', 'empty'])
      .describe('What a look into a chat shows: all, all but the last 30 seconds, or nothing'),
    restrict: z
      .union([z.boolean(), z.string().min(1).max(200)])
      .describe('WhatsApp restricts the account, with this reason; `false` lifts it'),
    disconnect: z
      .union([z.boolean(), Delay])
      .describe('Breaks the connection once; as a number, it also stays away for so many milliseconds'),
    hang: z.boolean().describe('Nothing answers any more, until `false`'),
    logout: z.boolean().describe('The phone unlinks WaQtor'),
    clock: z
      .union([z.number(), z.iso.datetime({ offset: true })])
      .describe('Milliseconds by which the clock of the network runs ahead, or the moment that it shows from now on'),
    seed: z.union([z.string().min(1).max(100), z.int()]).describe('Starts every draw again from here'),
  })
  .partial()
export type Control = z.output<typeof Control>

/** What is in force. */
export const Behaviour = z.object({
  latencyMs: Delay,
  ackDelayMs: Delay,
  refuseRate: Rate,
  dropAnswerRate: Rate,
  dropAckRate: Rate,
  history: z.enum(['full', 'delayed', 'empty']),
  restrict: z.string().nullable(),
  hang: z.boolean(),
  clockShiftMs: z.number(),
  seed: z.string(),
})
export type Behaviour = z.output<typeof Behaviour>

const Somebody = z.string().min(3).max(64)
const MessageId = z.string().min(1).max(200)
const Body = z.string().max(65_536)

const File = z.strictObject({
  kind: MediaKind,
  mimeType: z.string().min(1).max(255),
  data: z.base64().describe('The content, in base64'),
  filename: z.string().min(1).max(1_000).optional(),
})

/** A message that a virtual person writes. */
export const Delivery = z
  .strictObject({
    instance: InstanceField,
    from: Somebody.describe('Who writes: a phone number or a chat id'),
    text: Body.optional().describe('The text, or the caption of the file'),
    media: File.optional(),
    card: Card.optional().describe('A location, a contact or a poll instead of a text'),
    group: z.string().max(64).optional().describe('Chat id of a group that it is written in'),
    quotedMessageId: MessageId.optional(),
  })
  .refine(({ text, media, card }) => (card ? !media && text === undefined : media || text !== undefined), {
    path: ['text'],
    message: 'give a text, a file with or without a text, or a card',
  })
export type Delivery = z.output<typeof Delivery>

const Doer = Somebody.optional().describe('Who does it; the phone of the account itself when absent')

/** What happens to messages elsewhere than in WaQtor: exactly one of these. */
export const Deed = z
  .strictObject({
    instance: InstanceField,
    write: z
      .strictObject({ to: Somebody, text: Body.min(1) })
      .optional()
      .describe('The phone itself writes to somebody'),
    react: z
      .strictObject({ messageId: MessageId, emoji: z.string().max(64), from: Doer })
      .optional()
      .describe('Somebody reacts; an empty emoji takes the reaction back'),
    edit: z
      .strictObject({ messageId: MessageId, text: Body.min(1) })
      .optional()
      .describe('Whoever wrote the message changes it'),
    delete: z.strictObject({ messageId: MessageId }).optional().describe('Whoever wrote the message takes it back'),
    vote: z
      .strictObject({ messageId: MessageId, options: z.array(z.string()).max(12), from: Doer })
      .optional()
      .describe('Somebody votes in a poll: all options that are chosen from now on'),
  })
  .refine(({ instance: _, ...deeds }) => Object.values(deeds).filter((it) => it !== undefined).length === 1, {
    message: 'name exactly one of write, react, edit, delete and vote',
  })
export type Deed = z.output<typeof Deed>

/** The phone takes up a link. */
export const Scan = z.strictObject({
  instance: InstanceField,
  qr: z.string().max(1_000).optional().describe('The code that was photographed; the one on show when absent'),
  code: z.string().max(20).optional().describe('The pairing code that was typed in instead'),
})
export type Scan = z.output<typeof Scan>

export const PhoneView = z.object({
  instance: z.string(),
  number: z.string(),
  name: z.string(),
  state: z.enum(['unpaired', 'pairing', 'paired']),
  connected: z.boolean(),
  accepted: z.int().describe('Messages that the network took from this account'),
  pending: z.int().describe('Messages that wait in the outbox of the page'),
  received: z.int(),
  behaviour: Behaviour,
})
export type PhoneView = z.output<typeof PhoneView>

export const ChatMessage = z.object({
  messageId: z.string(),
  fromMe: z.boolean(),
  author: z.string().nullable(),
  body: z.string(),
  kind: z.string(),
  ack: z.int().min(-1).max(4),
  timestamp: Timestamp,
  edited: z.boolean(),
  deleted: z.boolean(),
  reactions: z.array(z.object({ from: z.string(), emoji: z.string() })),
  votes: z.array(z.object({ from: z.string(), options: z.array(z.string()) })),
})
export type ChatMessage = z.output<typeof ChatMessage>

export const ChatSummary = z.object({
  chatId: z.string(),
  messages: z.int(),
  unread: z.int().describe('Messages of others that were not marked as read'),
  newest: ChatMessage.nullable(),
})
export type ChatSummary = z.output<typeof ChatSummary>

export const ChatView = z.object({
  chatId: z.string(),
  typing: z.enum(['typing', 'recording']).nullable().describe('What the account shows the other side'),
  items: z.array(ChatMessage),
})
export type ChatView = z.output<typeof ChatView>

/** Sets how the network behaves, or misbehaves. */
export const control = defineCommand('simulator.control', {
  summary: 'Set how the virtual network behaves',
  permission: 'simulator:write',
  scope: 'host',
  http: { method: 'POST', path: '/simulator/control' },
  input: Control,
  output: z.object({ instance: z.string().nullable(), behaviour: Behaviour }),
  hints: { example: { latencyMs: 200, dropAckRate: 0.05 } },
})

/** Plays an incoming message. */
export const deliver = defineCommand('simulator.deliver', {
  summary: 'Let a virtual person write to an account',
  permission: 'simulator:write',
  scope: 'instance',
  http: { method: 'POST', path: '/simulator/deliver' },
  input: Delivery,
  output: z.object({ messageId: z.string(), timestamp: Timestamp }),
  hints: { example: { instance: 'default', from: '201001234567', text: 'Hello' } },
})

/** Plays what people and the phone do to messages. */
export const phone = defineCommand('simulator.phone', {
  summary: 'Let people, or the phone of an account, do something: write, react, edit, delete, vote',
  permission: 'simulator:write',
  scope: 'instance',
  http: { method: 'POST', path: '/simulator/phone' },
  input: Deed,
  output: z.object({ messageId: z.string(), timestamp: Timestamp }),
  hints: { example: { instance: 'default', write: { to: '201001234567', text: 'Sent from the phone' } } },
})

/** Links an account that shows a QR or a pairing code. */
export const scan = defineCommand('simulator.scan', {
  summary: 'Scan the QR of an account with its virtual phone',
  permission: 'simulator:write',
  scope: 'instance',
  http: { method: 'POST', path: '/simulator/scan' },
  hints: { example: { instance: 'shop' } },
  input: Scan,
  output: z.object({ number: z.string() }),
})

export const phones = defineCommand('simulator.phones', {
  summary: 'List the phones of the virtual network',
  permission: 'simulator:read',
  scope: 'host',
  http: { method: 'GET', path: '/simulator/phones' },
  input: z.object({}),
  output: z.object({ items: z.array(PhoneView) }),
  hints: { readOnly: true, example: {} },
})

export const chats = defineCommand('simulator.chats', {
  summary: 'List the chats of a virtual phone, newest first',
  permission: 'simulator:read',
  scope: 'instance',
  http: { method: 'GET', path: '/simulator/chats' },
  input: z.object({ instance: InstanceField, limit: z.coerce.number().int().min(1).max(500).default(50) }),
  output: z.object({ items: z.array(ChatSummary) }),
  hints: { readOnly: true, example: { instance: 'default', limit: 20 } },
})

export const chat = defineCommand('simulator.chat', {
  summary: 'Show a chat as the virtual phone shows it, oldest first',
  permission: 'simulator:read',
  scope: 'instance',
  http: { method: 'GET', path: '/simulator/chat' },
  input: z.object({
    instance: InstanceField,
    with: z.string().min(3).max(64),
    limit: z.coerce.number().int().min(1).max(500).default(50),
  }),
  output: ChatView,
  hints: { readOnly: true, example: { instance: 'default', with: '201001234567', limit: 20 } },
})
