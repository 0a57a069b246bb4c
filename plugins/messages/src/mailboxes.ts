import { join } from 'node:path'
import { type Database, fail, type InstanceObserver } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import { Mailbox, type MailboxOptions } from './mailbox.ts'
import { EpochWitness } from './outbox/ownership.ts'

export interface MailboxesOptions extends Omit<MailboxOptions, 'instance' | 'file' | 'stats' | 'witness'> {
  readonly database: Database
  /** Of the host. */
  readonly dataDirectory: string
  readonly stats: (instance: string, stats: Parameters<MailboxOptions['stats']>[0]) => void
}

/** The mailboxes of all instances; they come and go with them. */
export class Mailboxes implements InstanceObserver {
  /** Under it, facts that come in while the plugin is restarted are kept for it. */
  readonly name = 'messages'
  readonly #options: MailboxesOptions
  readonly #open = new Map<string, Mailbox>()

  constructor(options: MailboxesOptions) {
    this.#options = options
  }

  /** @throws WaqtorError WAQ_INSTANCE_UNKNOWN (404) */
  of(instance: string): Mailbox {
    const mailbox = this.#open.get(instance)
    if (!mailbox) throw fail('WAQ_INSTANCE_UNKNOWN', `there is no instance '${instance}'`)
    return mailbox
  }

  opened = async (instance: string): Promise<void> => {
    if (!this.#open.has(instance)) this.#open.set(instance, await this.#openOne(instance))
    // Only now: a lane that hears what it missed may close its queue, and then looks for the outbox here.
    await this.of(instance).outbox.laneCame()
  }

  ready: NonNullable<InstanceObserver['ready']> = (session) => this.#open.get(session.instance)?.attach(session)

  lost: NonNullable<InstanceObserver['lost']> = (instance, reason, permanent) =>
    this.#open.get(instance)?.outbox.detach(reason, permanent)

  facts: NonNullable<InstanceObserver['facts']> = async (instance, facts) => {
    await this.#open.get(instance)?.take(facts)
  }

  closed = async (instance: string): Promise<void> => {
    const mailbox = this.#open.get(instance)
    this.#open.delete(instance)
    await mailbox?.close()
  }

  async #openOne(instance: string): Promise<Mailbox> {
    const { database, dataDirectory, stats, ...rest } = this.#options
    const file = await database.open(instance)
    return Mailbox.open({
      ...rest,
      instance,
      file,
      witness: new EpochWitness(join(dataDirectory, 'instances', instance, 'outbox-epoch')),
      log: rest.log.child({ instance }),
      stats: (it) => stats(instance, it),
    })
  }

  /** A lane came: its rows may be claimed now. */
  laneCame(): void {
    for (const [instance, { outbox }] of this.#open) {
      outbox
        .laneCame()
        .catch((error) =>
          this.#options.log.error('a lane could not be told what it missed', { instance, problem: messageOf(error) }),
        )
    }
  }

  /** Lets go of all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map(this.closed))
  }
}
