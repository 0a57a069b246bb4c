import type { CompatibleRoute, Notification } from '@waqtor/contracts'
import { invalidInput } from '@waqtor/http-input'
import type * as notifications from '@waqtor/plugin-notifications/contract'
import { pageOf, shownPage } from '../pages.ts'

/** `/notifications`: those of whoever asks. */
export function notificationRoutes(): readonly CompatibleRoute[] {
  return [
    {
      method: 'GET',
      path: '/notifications',
      commands: ['notifications.list'],
      async answer({ query }, execute) {
        const { unread, filter = unread === 'true' || unread === '1' ? 'unread' : 'all' } = query
        const list = (page: { limit: number; cursor?: string }) =>
          execute<typeof notifications.listNotifications>('notifications.list', { filter, ...page })
        return shownPage(await pageOf(query, list), shown)
      },
    },
    {
      method: 'GET',
      path: '/notifications/count',
      commands: ['notifications.count'],
      async answer(_, execute) {
        const { unread } = await execute<typeof notifications.countNotifications>('notifications.count', {})
        return { count: unread, data: { unread } }
      },
    },
    {
      method: 'POST',
      path: '/notifications',
      commands: ['notifications.create'],
      status: 201,
      async answer({ body: { type, title, message, icon, link, userId, userIds } }, execute) {
        const people = userIds ?? (userId === undefined ? undefined : [userId])
        const input = { type, title, message, icon, link, userIds: people }
        const { ids } = await execute<typeof notifications.createNotification>('notifications.create', input)
        return { data: { id: ids[0] ?? null, ids } }
      },
    },
    {
      method: 'POST',
      path: '/notifications/mark-all-read',
      commands: ['notifications.markAllRead'],
      async answer(_, execute) {
        const { marked } = await execute<typeof notifications.markAllRead>('notifications.markAllRead', {})
        return { count: marked, data: { marked } }
      },
    },
    {
      method: 'POST',
      path: '/notifications/mark-read/{id}',
      commands: ['notifications.markRead'],
      async answer({ params }, execute) {
        return {
          data: shown(await execute<typeof notifications.markRead>('notifications.markRead', { id: params.id })),
        }
      },
    },
    {
      method: 'PATCH',
      path: '/notifications/{id}',
      commands: ['notifications.markRead'],
      async answer({ params, body }, execute) {
        if (body.read !== true)
          throw invalidInput('read', 'must be true: nothing else of a notification can be changed')
        return {
          data: shown(await execute<typeof notifications.markRead>('notifications.markRead', { id: params.id })),
        }
      },
    },
    {
      method: 'DELETE',
      path: '/notifications/{id}',
      commands: ['notifications.delete'],
      async answer({ params }, execute) {
        await execute<typeof notifications.deleteNotification>('notifications.delete', { id: params.id })
        return { message: 'the notification was deleted', data: { id: params.id } }
      },
    },
  ]
}

function shown({ id, userId, type, title, message, icon, link, read, createdAt }: Notification) {
  return { id, userId, type, title, message, icon: icon ?? null, link: link ?? null, read, createdAt }
}
