import { CredentialRevoked, Database, EventLog, Notifications, People, PermissionsChanged } from '@waqtor/contracts'
import { definePlugin } from '@waqtor/kernel'
import { Book } from './book.ts'
import { NotificationsChannel } from './channel.ts'
import { handleCommands } from './commands.ts'
import { config } from './config.ts'
import { NotificationArrived, NotificationCreated, NotificationsCounted } from './contract.ts'
import { Deliveries } from './deliveries/deliveries.ts'
import { Inbox } from './inbox.ts'
import { Live } from './live.ts'
import { NoticeReader } from './notice-reader.ts'
import { startRetention } from './retention.ts'
import { migrations } from './schema.ts'

export * from './contract.ts'

/**
 * What people should know, kept until they have read it, and brought to them by the channels that other plugins add.
 * @example plugins: [sqlite(), events(), notifications({ keepDays: 30 })]
 */
export default definePlugin({
  name: 'notifications',
  kernel: '^1',
  config,
  requires: { database: Database, events: EventLog },
  optional: { people: People },
  provides: [Notifications],
  events: [NotificationCreated, NotificationArrived, NotificationsCounted],
  contributes: [NotificationsChannel],
  async setup(ctx) {
    const { kernel, log } = ctx
    const { database, events, people } = ctx.services
    const { keepDays, keep, foldMinutes, delivery } = ctx.config
    await database.migrate('notifications', 'host', migrations)

    const host = () => database.open('host')
    const common = { host, kernel, people, log }
    const inbox = new Inbox(host, kernel)
    const live = new Live({
      ...common,
      inbox,
      arrived: (it) => ctx.emit(NotificationArrived, it),
      counted: (userId, unread) => ctx.emit(NotificationsCounted, { userId, unread, timestamp: Date.now() }),
      heard: () => kernel.events.heard(NotificationArrived.id) || kernel.events.heard(NotificationsCounted.id),
    })
    ctx.onClose(() => live.close())
    const deliveries = new Deliveries({ ...common, ...delivery })
    ctx.onClose(() => deliveries.close())
    const book = new Book(events, (entries) => {
      live.stored(entries)
      deliveries.wake()
    })
    ctx.provide(Notifications, {
      add: (channel) => deliveries.add(channel),
      notify: async (tx, notice) => {
        await book.add(tx, notice)
      },
    })
    handleCommands(ctx, { host, inbox, book, live, deliveries, people })

    ctx.on(CredentialRevoked, ({ principalId, credential }) => live.forget(principalId, credential))
    ctx.on(PermissionsChanged, ({ principalId }) => live.changed(principalId))
    ctx.tap(kernel.hooks.ready, () => {
      ctx.onClose(events.read(new NoticeReader({ kernel, book, log, foldMs: foldMinutes * 60_000 })))
      ctx.onClose(startRetention({ host, keepDays, keep, log }))
      deliveries.start()
    })
  },
})
