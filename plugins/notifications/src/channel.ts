import { channelEvent, channelState, defineChannel, Notification, Timestamp } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'
import { countNotifications, NotificationArrived, NotificationsCounted } from './contract.ts'

/** What a client hears of its own number of unread notifications. */
const Count = z.object({ unread: z.int().nonnegative(), timestamp: Timestamp })

/**
 * `/notifications`: each client gets its own copies and its own count. Asking for the count when it connects is also what
 * makes a client known as one that wants to be told.
 */
export const NotificationsChannel = defineChannel('/notifications', {
  summary: 'Notifications as they arrive, and how many are unread',
  permission: 'notifications:read',
  scope: 'host',
  events: [
    channelEvent('notification:new', NotificationArrived, Notification, {
      send: (it) => it,
      ownerOf: (it) => it.userId,
    }),
    channelEvent('notification:count', NotificationsCounted, Count, {
      send: ({ unread, timestamp }) => ({ unread, timestamp }),
      ownerOf: (it) => it.userId,
      latestOf: (it) => it.userId,
    }),
  ],
  state: [
    channelState(countNotifications, {}, ({ unread }, timestamp) => [
      { name: 'notification:count', data: { unread, timestamp } },
    ]),
  ],
})
