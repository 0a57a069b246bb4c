import type { People } from '@waqtor/contracts'
import { holds, type Logger, messageOf, type Principal, systemPrincipal } from '@waqtor/kernel'
import type { Book } from './book.ts'
import { createWebhook } from './contract.ts'
import { grantOf, type Reach } from './reach.ts'
import type { WebhookRecord } from './record.ts'

export interface VouchingOptions {
  /** Absent where nobody knows who can come in. */
  readonly people: People | undefined
  readonly book: Book
  readonly reach: Reach
  readonly log: Logger
  /** Switches a webhook off and says why. */
  readonly switchOff: (id: string, reason: string) => Promise<void>
}

/** How what is delivered leaves, for the gate. */
const via = 'webhook'

/**
 * Sees to it that a webhook hands out nothing that whoever made or last changed it may not see any more. Where they are gone,
 * or have lost a permission or an account, it is switched off. What is only locked, or cannot be told at this moment, waits
 * in the outbox until it is open again.
 */
export class Vouching {
  readonly #options: VouchingOptions
  #working: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: VouchingOptions) {
    this.#options = options
  }

  /** Looks at the webhooks of one principal, or at all of them. Never throws: what could not be found out is held. */
  review(principalId: string | null = null): Promise<void> {
    this.#working = this.#working.then(() => this.#review(principalId))
    return this.#working
  }

  /** Resolves when nothing is looked at any more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#working
  }

  async #review(principalId: string | null): Promise<void> {
    const { people, book, log } = this.#options
    const concerned = book
      .all()
      .filter(
        (it) => it.enabled && it.vouchedBy !== systemPrincipal.id && (principalId ?? it.vouchedBy) === it.vouchedBy,
      )
    if (!people || this.#closed || concerned.length === 0) return
    try {
      const present = new Map((await people.people()).map((it) => [it.id, it]))
      for (const it of concerned) await this.#look(it, present.get(it.vouchedBy))
    } catch (error) {
      for (const { id } of concerned) book.hold(id, true)
      log.warn('it could not be found out who is behind webhooks: their deliveries wait', { problem: messageOf(error) })
    }
  }

  async #look(webhook: WebhookRecord, principal: Principal | undefined): Promise<void> {
    const { book, reach, switchOff } = this.#options
    const { id, vouchedBy } = webhook
    const grant = grantOf(webhook)
    const off = (why: string) => switchOff(id, `'${vouchedBy}', who made or last changed it, ${why} no more`)
    if (!principal) return off('can come in')
    if (!holds(principal, createWebhook.permission)) return off('may have webhooks')
    const lost = reach.lost(principal, grant)
    if (lost) return off(`may see ${lost}`)
    book.hold(id, (await reach.narrowed({ principal, via }, grant)) !== undefined)
  }
}
