import { type Contribution, defineService, type EventToken, type KernelView, type Schema, z } from '@waqtor/kernel'
import type { Tx } from './database.ts'
import { Timestamp } from './primitives.ts'

/** What a text is filled with. */
const NoticeFields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))

/** Something that a person should know, as one person sees it. */
export const Notification = z.object({
  id: z.string(),
  userId: z.string().describe('Whose list it stands in: a user, or a key'),
  type: z.enum(['info', 'success', 'warning', 'error']),
  title: z.string().describe('In English, as `message` is'),
  message: z.string(),
  key: z
    .string()
    .optional()
    .describe('Which text it is, for a client that has it in other languages; absent where a person wrote it'),
  fields: NoticeFields.optional().describe('What the text of that key is filled with'),
  icon: z.string().optional(),
  link: z.string().optional().describe('A path of the dashboard'),
  read: z.boolean(),
  createdAt: Timestamp,
})
export type Notification = z.output<typeof Notification>

/** What is said, before it is known to whom. */
export interface NoticeText {
  readonly type: Notification['type']
  readonly title: string
  readonly message: string
  /** Which text this is, the same for ever: clients say it in their readers' languages. The event's id when absent. */
  readonly key?: string
  /** What differs in it from one time to the next; with the key all that a translation needs. Whoever is told sees them. */
  readonly fields?: Readonly<z.output<typeof NoticeFields>>
  readonly icon?: string
  readonly link?: string
}

/** As said to these people; without `userIds`, to everybody who may see what it is about. */
export type AddressedNotice = NoticeText & { readonly userIds?: readonly string[] }

/** Which event a person should know of, and in which words. Contributed by the plugin that the event belongs to. */
export interface Notice extends Contribution {
  readonly kind: 'notice'
  readonly event: EventToken<Schema, 'recorded'>
  /** The words; nothing where this one is not worth telling. `instance` is the account, `null` for the host. */
  readonly say: (data: never, instance: string | null) => AddressedNotice | undefined
}

/**
 * Makes a notice; put it into `contributes` of the plugin that the event belongs to. Those that are alike (event, account,
 * type, title and link are the same) and follow each other closely are told once, and later how many there were: what may
 * differ between them belongs into the message, what tells one thing from another into title or link.
 * @example
 * defineNotice(CampaignCompleted, ({ campaignId, sent }) => ({
 *   type: 'success', title: 'Campaign finished', message: `${sent} messages were sent`, fields: { sent },
 *   link: `/campaigns?id=${campaignId}`,
 * }))
 */
export function defineNotice<S extends Schema>(
  event: EventToken<S, 'recorded'>,
  say: (data: z.output<S>, instance: string | null) => AddressedNotice | undefined,
): Notice {
  return { kind: 'notice', event, say }
}

/** The notices of the plugins that run. */
export function noticesOf(kernel: KernelView): readonly Notice[] {
  return kernel.contributions('notice') as readonly Notice[]
}

/** A way by which notifications reach people besides the dashboard: e-mail, a chat, a pager. */
export interface NotificationChannel {
  /** kebab-case, unique; people choose by it in their preferences. */
  readonly name: string
  /** Called once for each notification and person who wants it this way. What it throws is logged and tried again. */
  deliver(notification: Notification, signal: AbortSignal): Promise<void>
}

export interface Notifications {
  /** Adds a way of delivery. @returns the undo */
  add(channel: NotificationChannel): () => void
  /** Tells people something, in the caller's transaction on the host's file. */
  notify(tx: Tx, notice: AddressedNotice): Promise<void>
}

/** What people should know, kept until they have read it. */
export const Notifications = defineService<Notifications>('notifications')
