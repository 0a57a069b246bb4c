import { type DatabaseFile, fail, type Notification } from '@waqtor/contracts'
import { type Call, type KernelView, type Principal, WaqtorError } from '@waqtor/kernel'
import { preferencesIn } from './preferences.ts'
import { visible } from './sight.ts'
import * as store from './store.ts'

const NEWEST = Number.MAX_SAFE_INTEGER

export interface ListQuery {
  readonly filter: 'all' | 'unread'
  readonly limit: number
  readonly cursor?: string | undefined
}

/** The notifications as one caller sees them. */
export class Inbox {
  readonly #host: () => Promise<DatabaseFile>
  readonly #kernel: KernelView

  /** @param host opens the host's file */
  constructor(host: () => Promise<DatabaseFile>, kernel: KernelView) {
    this.#host = host
    this.#kernel = kernel
  }

  async list(caller: Partial<Call>, { filter, limit, cursor }: ListQuery) {
    const file = await this.#host()
    const view = await this.#view(caller, file)
    const rows = await store.list(file, view, {
      before: cursor === undefined ? NEWEST : placeOf(cursor),
      limit: limit + 1,
      unread: filter === 'unread',
    })
    const shown = rows.slice(0, limit)
    return {
      items: shown.map((it) => store.asSeenBy(view.userId, it, it.is_read === 1)),
      nextCursor: rows.length > limit ? String(shown.at(-1)!.seq) : null,
    }
  }

  async unread(caller: Partial<Call>): Promise<number> {
    const file = await this.#host()
    return store.countUnread(file, await this.#view(caller, file))
  }

  /** @throws WaqtorError WAQ_NOT_FOUND (404), also for one that the caller does not see */
  async markRead(caller: Partial<Call>, id: string): Promise<Notification> {
    const { file, view, row } = await this.#required(caller, id)
    if (row.is_read === 0) await file.write((tx) => store.mark(tx, view.userId, row.seq, 'read'))
    return store.asSeenBy(view.userId, row, true)
  }

  /** Answers how many were unread. */
  async markAllRead(caller: Partial<Call>): Promise<number> {
    const file = await this.#host()
    const view = await this.#view(caller, file)
    return file.write(async (tx) => {
      const unread = await store.countUnread(tx, view)
      await store.markAll(tx, view.userId)
      return unread
    })
  }

  /** @throws WaqtorError WAQ_NOT_FOUND (404) */
  async delete(caller: Partial<Call>, id: string): Promise<void> {
    const { file, view, row } = await this.#required(caller, id)
    await file.write((tx) =>
      // What is one person's own is nobody else's: it goes. Others keep theirs.
      row.user_id === null ? store.mark(tx, view.userId, row.seq, 'deleted') : store.remove(tx, row.seq),
    )
  }

  async #required(caller: Partial<Call>, id: string) {
    const file = await this.#host()
    const view = await this.#view(caller, file)
    const row = await store.find(file, view, id)
    if (!row) throw fail('WAQ_NOT_FOUND', `there is no notification '${id}'`)
    return { file, view, row }
  }

  async #view(caller: Partial<Call>, file: DatabaseFile): Promise<store.View> {
    const userId = whoIs(caller).id
    const [subjects, reader] = await Promise.all([store.subjects(file), store.reader(file, userId)])
    const seen = await visible(this.#kernel, caller, subjects)
    return {
      userId,
      subjects: seen.map((it) => it.id),
      types: preferencesIn(reader?.preferences).types,
      readUpTo: reader?.read_up_to ?? 0,
    }
  }
}

/** Who calls; the gate has let nobody through without. */
export function whoIs({ principal }: Partial<Call>): Principal {
  if (principal) return principal
  throw new WaqtorError('WAQ_UNAUTHENTICATED', 'notifications are somebody’s: a credential is needed')
}

/** @throws WaqtorError WAQ_CURSOR_INVALID (400) */
function placeOf(cursor: string): number {
  const place = /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.NaN
  if (place > 0) return place
  throw fail('WAQ_CURSOR_INVALID', 'the cursor is not one of this list')
}
