import type { DatabaseFile, People } from '@waqtor/contracts'
import { type Call, type PluginContext, WaqtorError } from '@waqtor/kernel'
import type { Book } from './book.ts'
import * as contract from './contract.ts'
import type { Deliveries } from './deliveries/deliveries.ts'
import { type Inbox, whoIs } from './inbox.ts'
import type { Live } from './live.ts'
import { changePreferences, preferencesIn } from './preferences.ts'
import { reader } from './store.ts'

export interface Parts {
  /** Opens the host's file. */
  readonly host: () => Promise<DatabaseFile>
  readonly inbox: Inbox
  readonly book: Book
  readonly live: Live
  readonly deliveries: Deliveries
  readonly people: People | undefined
}

/** Answers the commands of the contract. */
export function handleCommands(ctx: Pick<PluginContext, 'handle' | 'log'>, parts: Parts): void {
  /** Runs for the caller, whose count may be another one afterwards. */
  const changing = async <T>(call: Call, change: (it: Parts, userId: string) => Promise<T>): Promise<T> => {
    const { id } = whoIs(call)
    const answer = await change(parts, id)
    parts.live.recount(id)
    return answer
  }

  ctx.handle(contract.listNotifications, (input, call) => {
    const { inbox, live } = parts
    live.looks(whoIs(call))
    return inbox.list(call, input)
  })
  ctx.handle(contract.countNotifications, async (_, call) => {
    const { inbox, live } = parts
    live.looks(whoIs(call))
    return { unread: await inbox.unread(call) }
  })
  ctx.handle(contract.markRead, ({ id }, call) => changing(call, ({ inbox }) => inbox.markRead(call, id)))
  ctx.handle(contract.markAllRead, (_, call) =>
    changing(call, async ({ inbox }) => ({ marked: await inbox.markAllRead(call) })),
  )
  ctx.handle(contract.deleteNotification, async ({ id }, call) => {
    await changing(call, ({ inbox }) => inbox.delete(call, id))
    return {}
  })
  ctx.handle(contract.createNotification, async ({ icon, link, userIds, ...text }, call) => {
    const { host, book, people } = parts
    if (userIds && people) await demandKnown(userIds, people)
    const file = await host()
    const notice = { ...text, ...(icon && { icon }), ...(link && { link }), ...(userIds && { userIds }) }
    const ids = await file.write((tx) => book.add(tx, notice))
    ctx.log.info('told people something', { by: whoIs(call).id, to: userIds?.length ?? 'all' })
    return { ids }
  })
  ctx.handle(contract.getPreferences, async (_, call) => {
    const { host, deliveries } = parts
    const stored = await reader(await host(), whoIs(call).id)
    return { ...preferencesIn(stored?.preferences), available: [...deliveries.names] }
  })
  ctx.handle(contract.setPreferences, (input, call) =>
    changing(call, async ({ host, deliveries }, userId) => {
      const available = [...deliveries.names]
      return { ...(await changePreferences(await host(), userId, input, available)), available }
    }),
  )
}

/** What is told to nobody should not look as if it were. */
async function demandKnown(userIds: readonly string[], people: People): Promise<void> {
  const known = new Set((await people.people()).map((it) => it.id))
  const errors = userIds.flatMap((it, index) =>
    known.has(it)
      ? []
      : [{ path: `userIds.${index}`, message: `there is no user and no key '${it}' that can come in` }],
  )
  if (errors.length > 0) throw new WaqtorError('WAQ_INPUT_INVALID', errors[0]!.message, { details: { errors } })
}
