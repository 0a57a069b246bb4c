import type { AddressedNotice, EventLog, Tx } from '@waqtor/contracts'
import { newId } from '@waqtor/kernel'
import { NotificationCreated } from './contract.ts'
import { fit } from './fit.ts'
import { asSeenBy, insert, type NotificationRow, type Subject, subjectId } from './store.ts'

/** A notification that has been stored, with what it is about. */
export interface Entry {
  readonly row: NotificationRow
  readonly about: Subject
}

/** A notice that names no event is about notifications themselves: whoever may read them sees it. */
export const general: Subject = { event: 'notification', permission: 'notifications:read', instance: null }

export interface Occasion {
  readonly about?: Subject
  /** What it comes from, told at most once. */
  readonly source?: string
  /** Milliseconds since 1970; now when absent. */
  readonly at?: number
}

/** Writes notifications down: once for everybody who may see what it is about, or once for each person it is addressed to. */
export class Book {
  readonly #events: EventLog
  readonly #stored: (entries: readonly Entry[]) => void

  /** @param stored told after the commit */
  constructor(events: EventLog, stored: (entries: readonly Entry[]) => void) {
    this.#events = events
    this.#stored = stored
  }

  /** In the caller's transaction on the host's file. Answers the ids. */
  async add(tx: Tx, notice: AddressedNotice, { about = general, source, at }: Occasion = {}): Promise<string[]> {
    if (tx.file !== 'host')
      throw new Error(`notifications are kept in the host's file, and this transaction writes '${tx.file}'`)
    const text = fit(notice)
    const createdAt = at ?? Date.now()
    const targets = notice.userIds
      ? [...new Set(notice.userIds)].map((userId) => ({ userId }))
      : [{ subject: await subjectId(tx, about) }]
    const entries: Entry[] = []
    for (const target of targets) {
      const own = source !== undefined && 'userId' in target ? `${source}#${target.userId}` : source
      const row = await insert(tx, { ...text, ...target, id: newId('ntf'), createdAt, source: own ?? null })
      if (!row) continue
      entries.push({ row, about })
      await this.#events.record(tx, NotificationCreated, {
        ...asSeenBy('', row, false),
        userId: row.user_id,
        about: about.event,
        instance: about.instance,
      })
    }
    if (entries.length > 0) tx.afterCommit(() => this.#stored(entries))
    return entries.map((it) => it.row.id)
  }
}
