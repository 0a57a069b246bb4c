import { type OutgoingDraft, publicCode, type Session, TransportError } from '@waqtor/contracts'
import { isWaqtorError, type Logger, messageOf, type WaterfallHook } from '@waqtor/kernel'
import { Claims } from './claims.ts'
import type { Lanes } from './lanes.ts'
import type { Numbers } from './numbers.ts'
import { NotOnWhatsApp, type Prepared, prepare } from './preparation.ts'
import { directQueue, type QueueBook } from './queue-book.ts'
import type { ClaimedRow, Step } from './rows.ts'
import { afterFailure } from './state.ts'

export interface StagingOptions {
  readonly instance: string
  readonly book: QueueBook
  readonly lanes: Lanes
  readonly numbers: Numbers
  readonly outgoing: WaterfallHook<OutgoingDraft>
  readonly log: Logger
  /** A row cannot be sent: what becomes of it. */
  readonly ended: (step: Step) => void
  /** Something is ready, or was given back. */
  readonly changed: () => void
}

const retryMs = 1_000

/** The rows between their claim and their beginning: being made ready, or ready and waiting for their turn. In memory only. */
export class Staging {
  readonly claims = new Claims()
  readonly #options: StagingOptions
  #ready: Prepared[] = []
  #rendering = 0

  constructor(options: StagingOptions) {
    this.#options = options
  }

  /** Claims a row and begins to make it ready for a session. */
  add(row: ClaimedRow, session: Session, isCurrent: () => boolean): void {
    this.claims.add(row)
    this.#rendering++
    const check = this.#options.book.get(row.queue)?.settings.checkNumbers === true
    prepare(row, session, check, this.#options).then(
      (prepared) => {
        this.#rendering--
        if (prepared && isCurrent()) this.#insert(prepared)
        else this.giveBack(row)
        if (this.#rendering === 0 || this.#ready.length === 1) this.#options.changed()
      },
      (error) => {
        this.#rendering--
        this.#failed(row, error)
      },
    )
  }

  /** Takes out the ready rows that `takes` wants, in their order. */
  take(takes: (prepared: Prepared) => boolean): Prepared[] {
    if (this.#ready.length === 0) return []
    const taken: Prepared[] = []
    const left: Prepared[] = []
    for (const it of this.#ready) {
      // Given back meanwhile: its queue was closed, or is gone.
      if (!this.claims.holds(it.row)) continue
      if (takes(it)) taken.push(it)
      else left.push(it)
    }
    this.#ready = left
    return taken
  }

  /** What was taken out and could not be begun is ready again. */
  putBack(prepared: readonly Prepared[]): void {
    this.#ready = [...prepared, ...this.#ready]
  }

  /** Lets go of a row that has not begun: whoever claims next finds it. */
  giveBack(row: ClaimedRow): void {
    if (!this.claims.holds(row)) return
    this.claims.release(row)
    this.#options.book.rewind(row.queue)
    this.#options.changed()
  }

  /** Lets go of all rows of a queue; of all queues when none is named. */
  clear(queue?: string): void {
    this.claims.releaseAll(queue)
    this.#ready = queue === undefined ? [] : this.#ready.filter((it) => it.row.queue !== queue)
    for (const id of queue === undefined ? this.#options.book.ids() : [queue]) this.#options.book.rewind(id)
  }

  /** Somebody waits for a direct send: it goes before the rows of campaigns. */
  #insert(prepared: Prepared): void {
    if (prepared.row.queue !== directQueue) {
      this.#ready.push(prepared)
      return
    }
    const place = this.#ready.findIndex((it) => it.row.queue !== directQueue)
    this.#ready.splice(place < 0 ? this.#ready.length : place, 0, prepared)
  }

  /** Nothing has left. What the transport cannot do at the moment it is asked again; any other failure is the row's own. */
  #failed(row: ClaimedRow, error: unknown): void {
    if (!this.claims.holds(row)) return
    const { id, queue } = row
    if (error instanceof NotOnWhatsApp) {
      this.#end(row, 'skipped', 'not-on-whatsapp')
      return
    }
    this.#options.log.warn('a message could not be made ready', { queue, row: id, problem: messageOf(error) })
    if (error instanceof TransportError && error.failure !== 'invalid-number') {
      this.#options.book.rest(queue, performance.now() + retryMs)
      this.giveBack(row)
    } else if (error instanceof TransportError) {
      const { to, reason } = afterFailure(error.failure)
      this.#end(row, to, reason)
    } else {
      const refused = isWaqtorError(error) && error.status < 500
      this.#end(row, refused ? 'skipped' : 'failed', isWaqtorError(error) ? publicCode(error.code) : 'render')
    }
  }

  #end(row: ClaimedRow, to: Step['to'], reason: string | null): void {
    this.claims.release(row)
    this.#options.ended({ id: row.id, queue: row.queue, from: 'queued', to, reason })
  }
}
