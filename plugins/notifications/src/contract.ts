import { Notification, PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, defineEvent, z } from '@waqtor/kernel'

export { Notification } from '@waqtor/contracts'

export const NotificationType = Notification.shape.type

/** A name of a way of delivery. */
const ChannelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be kebab-case, at most 40 characters')
  .meta({ examples: ['email'] })
const ClockTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day, '22:00'")
  .meta({ examples: ['22:00'] })

/** Hours of the night in which nobody is rung up. */
export const QuietHours = z.strictObject({
  from: ClockTime.describe("`'22:00'`"),
  to: ClockTime.describe("`'07:30'`; the next day when it is earlier than `from`"),
  zone: z
    .string()
    .refine(isZone, "is no time zone; write it like 'Africa/Cairo'")
    .meta({ description: "An IANA time zone: `'Africa/Cairo'`", examples: ['Africa/Cairo'] }),
})
export type QuietHours = z.output<typeof QuietHours>

/** What somebody wants to know, and by which ways. */
export const Preferences = z.object({
  types: z.array(NotificationType).max(4).describe('Those that are listed, counted and delivered'),
  channels: z.array(ChannelName).max(20).describe('Ways by which they come besides the list'),
  quietHours: QuietHours.nullable().describe('The other ways wait until they are over; the list does not'),
})
export type Preferences = z.output<typeof Preferences>

const ShownPreferences = Preferences.extend({
  available: z.array(z.string()).describe('The channels that there are, to choose from'),
})

// Whoever may read notifications may also mark their own copies, which nobody else sees.
const own = { permission: 'notifications:read', scope: 'host' } as const
const Id = z.string().min(1).max(64)

export const listNotifications = defineCommand('notifications.list', {
  ...own,
  summary: "List the caller's notifications, newest first",
  http: { method: 'GET', path: '/notifications' },
  hints: { readOnly: true, example: { filter: 'unread', limit: 20 } },
  input: z.strictObject({ filter: z.enum(['all', 'unread']).default('all'), ...PageQuery }),
  output: page(Notification),
})

export const countNotifications = defineCommand('notifications.count', {
  ...own,
  summary: 'How many notifications the caller has not read',
  http: { method: 'GET', path: '/notifications/count' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: z.object({ unread: z.int().nonnegative() }),
})

export const markRead = defineCommand('notifications.markRead', {
  ...own,
  summary: 'Mark one notification as read, for the caller alone',
  http: { method: 'POST', path: '/notifications/{id}/read' },
  hints: { example: { id: 'ntf_01JD5M3E8QZ6W1K9H2T7R4X0VB' } },
  input: z.strictObject({ id: Id }),
  output: Notification,
})

export const markAllRead = defineCommand('notifications.markAllRead', {
  ...own,
  summary: 'Mark every notification as read, for the caller alone',
  http: { method: 'POST', path: '/notifications/read-all' },
  hints: { example: {} },
  input: z.strictObject({}),
  output: z.object({ marked: z.int().nonnegative().describe('How many were unread') }),
})

export const deleteNotification = defineCommand('notifications.delete', {
  ...own,
  summary: "Take a notification out of the caller's list; others keep theirs",
  http: { method: 'DELETE', path: '/notifications/{id}', status: 204 },
  hints: { destructive: true, example: { id: 'ntf_01JD5M3E8QZ6W1K9H2T7R4X0VB' } },
  input: z.strictObject({ id: Id }),
  output: z.object({}),
})

export const createNotification = defineCommand('notifications.create', {
  summary: 'Tell some people something, or everybody who may read notifications',
  permission: 'users:write',
  scope: 'host',
  http: { method: 'POST', path: '/notifications', status: 201 },
  hints: {
    example: { type: 'info', title: 'Maintenance', message: 'WaQtor restarts at 22:00.', link: '/notifications' },
  },
  input: z.strictObject({
    type: NotificationType.default('info'),
    title: z.string().trim().min(1).max(200),
    message: z.string().trim().min(1).max(2_000),
    icon: z
      .string()
      .regex(/^[a-z0-9][a-z0-9 -]{0,59}$/, "must be the name of an icon, 'pi pi-bell'")
      .optional(),
    link: z
      .string()
      .max(500)
      .regex(/^\/(?![/\\])[^\s\\]*$/, "must be a path of the dashboard, '/campaigns'")
      .optional(),
    userIds: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(1_000)
      .optional()
      .describe('Users or keys; everybody who may read notifications when absent'),
  }),
  output: z.object({ ids: z.array(z.string()).describe('One for all, or one for each of `userIds`') }),
})

export const getPreferences = defineCommand('notifications.preferences.get', {
  ...own,
  summary: 'What the caller wants to know, and by which ways',
  http: { method: 'GET', path: '/notifications/preferences' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: ShownPreferences,
})

export const setPreferences = defineCommand('notifications.preferences.set', {
  ...own,
  summary: 'Change what the caller wants to know; what is left out stays as it is',
  http: { method: 'PATCH', path: '/notifications/preferences' },
  hints: {
    example: { types: ['warning', 'error'], quietHours: { from: '22:00', to: '07:00', zone: 'Africa/Cairo' } },
  },
  input: z.strictObject(Preferences.partial().shape),
  output: ShownPreferences,
})

// None of these shows one person's notifications to another: only who may see all users may see them.
const event = { permission: 'users:read', scope: 'host' } as const

/** Somebody, or everybody who may see what it is about, has a new notification. */
export const NotificationCreated = defineEvent('notification.created', {
  ...event,
  kind: 'recorded',
  summary: 'There is something that people should know',
  schema: Notification.extend({
    userId: z.string().nullable().describe('Whose it is; `null`: of everybody who may see what it is about'),
    about: z.string().describe('The event that it tells of, or `notification`'),
    instance: z.string().nullable().describe('The account, or `null` for the host'),
  }),
})

/** One person's copy of a new notification; told for those who have looked at their notifications lately. */
export const NotificationArrived = defineEvent('notification.arrived', {
  ...event,
  kind: 'transient',
  summary: 'A new notification stands in somebody’s list',
  schema: Notification,
})

/** How many notifications somebody has not read, whenever it changes. */
export const NotificationsCounted = defineEvent('notification.counted', {
  ...event,
  kind: 'transient',
  summary: 'Somebody has another number of unread notifications',
  schema: z.object({ userId: z.string(), unread: z.int().nonnegative(), timestamp: Timestamp }),
})

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined
  } catch {
    return false
  }
}
