import { type EventReader, type Notice, noticesOf, type Tx } from '@waqtor/contracts'
import { type Envelope, type KernelView, type Logger, messageOf } from '@waqtor/kernel'
import { InstanceDeleted } from '@waqtor/plugin-instances/contract'
import type { Book } from './book.ts'
import { NotificationCreated } from './contract.ts'
import { fit } from './fit.ts'
import { fold } from './fold.ts'
import { forgetInstance, loadFold, saveFold, since } from './store.ts'

export interface NoticeReaderOptions {
  readonly kernel: KernelView
  readonly book: Book
  readonly log: Logger
  /** The first pause between notices that are alike. */
  readonly foldMs: number
}

/** Reads every log and writes down what people should know of it, in the words of the plugins that the events belong to. */
export class NoticeReader implements EventReader {
  readonly name = 'notifications'
  readonly #options: NoticeReaderOptions

  constructor(options: NoticeReaderOptions) {
    this.#options = options
  }

  /** Asked for each batch: plugins come and go while this one stays. */
  get types(): readonly string[] {
    return [...new Set([InstanceDeleted.id, ...this.#notices().map((it) => it.event.id)])]
  }

  async handle(tx: Tx, log: string, events: readonly Envelope[]): Promise<void> {
    const notices = Map.groupBy(this.#notices(), (it) => it.event.id)
    const from = await since(tx)
    for (const event of events) {
      // An account may be made anew under the same id, for other people.
      if (event.type === InstanceDeleted.id)
        await forgetInstance(tx, InstanceDeleted.schema.parse(event.data).instanceId)
      if (Date.parse(event.time) < from) continue
      for (const [index, notice] of (notices.get(event.type) ?? []).entries())
        await this.#tell(tx, notice, event, `${log}#${event.sequence}#${index}`)
    }
  }

  async #tell(tx: Tx, notice: Notice, event: Envelope, source: string): Promise<void> {
    const said = this.#say(notice, event)
    if (!said) return
    const at = Date.parse(event.time)
    // As it will be stored: what other people's words make long must not make the key long.
    const { type, title, link = '' } = fit(said)
    const { userIds = [] } = said
    const key = JSON.stringify([event.type, event.instance, type, title, link, userIds])
    const known = await loadFold(tx, key)
    const { tell, next } = fold(known, at, this.#options.foldMs)
    await saveFold(tx, key, next)
    if (!tell) return
    const untold = known?.untold ?? 0
    const more = untold > 0 ? ` (and ${untold} more like this since the last notification)` : ''
    const about = { event: event.type, permission: notice.event.permission, instance: event.instance }
    const { key: text = event.type } = said
    const fields = { ...said.fields, ...(untold > 0 && { more: untold }) }
    await this.#options.book.add(
      tx,
      { ...said, message: said.message + more, key: text, fields },
      { about, source, at },
    )
  }

  /** One that fails says nothing: the same event would make it fail again, and nobody would hear of anything any more. */
  #say(notice: Notice, event: Envelope) {
    try {
      return notice.say(event.data as never, event.instance)
    } catch (error) {
      this.#options.log.error('a notice has no words for its event', { event: event.type, problem: messageOf(error) })
      return undefined
    }
  }

  /** A notice of a notification would never end. */
  #notices(): readonly Notice[] {
    return noticesOf(this.#options.kernel).filter((it) => it.event.id !== NotificationCreated.id)
  }
}
