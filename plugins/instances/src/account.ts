import { type Database, type EventLog, fail, type Session, type TransportUsage } from '@waqtor/contracts'
import { type Logger, messageOf, WaqtorError } from '@waqtor/kernel'
import { type Instance, SessionStatusChanged } from './contract.ts'
import type { Observers } from './observers/observers.ts'
import { type Scheduler, within } from './scheduler.ts'
import type { BackOff } from './session/back-off.ts'
import { type SessionView, Supervisor, type SupervisorLimits } from './session/supervisor.ts'
import type { InstanceRow } from './store.ts'
import type { TransportKinds } from './transport-kinds.ts'

/** Who asks for an account does not wait for a connection that hangs. */
const USAGE_MS = 2_000

/** What all accounts of a host share. */
export interface AccountServices {
  readonly database: Database
  readonly events: EventLog
  readonly observers: Observers
  readonly kinds: TransportKinds
  readonly scheduler: Scheduler
  readonly random: () => number
  readonly log: Logger
  readonly limits: SupervisorLimits
  readonly backOff: BackOff
  /** Makes the directory of an account, and answers its path. */
  readonly directory: (instance: string) => Promise<string>
  readonly showQr: (instance: string, qr: string, timestamp: number) => void
  readonly showPairingCode: (instance: string, code: string, timestamp: number) => void
  /** Remembers that only a person may start the account again. */
  readonly halt: (instance: string, reason: string) => Promise<void>
}

/** One account: its row, its session, and what is opened for it. */
export class Account {
  row: InstanceRow
  readonly session: Supervisor
  readonly #services: AccountServices
  readonly #log: Logger
  readonly #watchers = new Set<() => void>()
  /** Status events and the like are written one after another. */
  #writing: Promise<void> = Promise.resolve()
  #ended: WaqtorError | undefined

  constructor(row: InstanceRow, services: AccountServices) {
    this.row = row
    this.#services = services
    this.#log = services.log.child({ instance: row.id })
    const { observers, limits, backOff, scheduler, random } = services
    const { id } = row
    this.session = new Supervisor({
      instance: id,
      limits,
      backOff,
      scheduler,
      random,
      log: this.#log,
      halted: row.halted,
      connect: async () => {
        const directory = await this.open()
        const provider = services.kinds.get(this.row.transport)
        return (report, signal) => provider.create({ instance: id, directory, report, signal })
      },
      listener: {
        status: (view) => this.#recordStatus(view),
        qr: (qr, timestamp) => services.showQr(id, qr, timestamp),
        pairingCode: (code, timestamp) => services.showPairingCode(id, code, timestamp),
        ready: (session) => observers.ready(session),
        lost: (reason, permanent) => observers.lost(id, reason, permanent),
        restricted: (reason) => this.#write(() => services.halt(id, reason)),
        deliver: (fact) => observers.push(id, fact),
        changed: () => this.#changed(),
      },
    })
  }

  get id(): string {
    return this.row.id
  }

  get view(): Instance {
    const { id, name, transport, autoStart, createdAt } = this.row
    const { status, reason, clientInfo, since } = this.session.view
    return { id, name, transport, autoStart, createdAt, status, reason, clientInfo, since }
  }

  /** What its connection takes of the machine; `null` where that is not known, or not told in time. */
  async usage(): Promise<TransportUsage | null> {
    const { transport } = this.session
    if (!transport?.usage) return null
    const { scheduler, limits } = this.#services
    try {
      return await within(scheduler, Math.min(USAGE_MS, limits.pingMs), transport.usage(), () => null)
    } catch (error) {
      this.#log.debug('the connection cannot tell what it takes', { problem: messageOf(error) })
      return null
    }
  }

  /** Opens whatever belongs to the account, as far as it is not open yet. Answers its directory. */
  async open(): Promise<string> {
    const { directory, database, events, observers } = this.#services
    const path = await directory(this.id)
    await database.open(this.id)
    await events.attach(this.id)
    await observers.open(this.id)
    return path
  }

  /** Stops the session and lets everybody go who follows the account. */
  async close(): Promise<void> {
    await this.session.stop()
    await this.#services.observers.close(this.id)
    await this.#writing
  }

  /** Nothing more will come of it: who waits for it, now or later, hears why. */
  end(why: WaqtorError): void {
    this.#ended = why
    this.#changed()
  }

  /** The session, once it is ready. @throws WaqtorError WAQ_SESSION_NOT_READY (503) after the time limit */
  async ready(timeoutMs: number, signal?: AbortSignal): Promise<Session> {
    const session = await this.until(() => this.session.session, timeoutMs, signal)
    if (session) return session
    throw this.notReady(`the session of '${this.id}' is ${this.#inWords()}`)
  }

  notReady(message: string): WaqtorError {
    const { retryAt } = this.session.view
    const waitMs = retryAt === null ? 5_000 : Math.max(1_000, retryAt - this.#services.scheduler.now())
    return fail('WAQ_SESSION_NOT_READY', message, { retryAfter: Math.ceil(waitMs / 1_000) })
  }

  /**
   * Looks whenever something changes until there is an answer; nothing when the time is up.
   * What `look` throws, it throws.
   */
  async until<T>(look: () => T | undefined, timeoutMs: number, signal?: AbortSignal): Promise<T | undefined> {
    const now = this.#look(look)
    if (now !== undefined) return now
    return new Promise<T | undefined>((resolve, reject) => {
      const end = () => {
        cancel()
        this.#watchers.delete(watch)
        signal?.removeEventListener('abort', aborted)
      }
      const finish = (settle: () => void) => {
        end()
        settle()
      }
      const watch = () => {
        try {
          const found = this.#look(look)
          if (found !== undefined) finish(() => resolve(found))
        } catch (error) {
          finish(() => reject(error))
        }
      }
      const aborted = () =>
        finish(() => reject(new WaqtorError('WAQ_ABORTED', `nobody waits for instance '${this.id}' any more`)))
      const cancel = this.#services.scheduler.after(timeoutMs, () => finish(() => resolve(undefined)))
      this.#watchers.add(watch)
      signal?.addEventListener('abort', aborted)
      if (signal?.aborted) aborted()
    })
  }

  #look<T>(look: () => T | undefined): T | undefined {
    if (this.#ended) throw this.#ended
    return look()
  }

  #changed(): void {
    for (const watch of [...this.#watchers]) watch()
  }

  #inWords(): string {
    const { status, reason } = this.session.view
    return reason === null ? `not ready but '${status}'` : `not ready but '${status}': ${reason}`
  }

  #recordStatus({ status, reason, clientInfo }: SessionView): void {
    const { database, events, scheduler } = this.#services
    const timestamp = scheduler.now()
    this.#log.info(`session ${status}`, reason === null ? {} : { reason })
    this.#write(async () => {
      const file = await database.open(this.id)
      await file.write((tx) =>
        events.record(tx, SessionStatusChanged, {
          status,
          timestamp,
          ...(reason !== null && { reason }),
          ...(status === 'ready' && clientInfo && { clientInfo }),
        }),
      )
    })
  }

  #write(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).catch((error: unknown) => {
      this.#log.warn('a change of the session could not be written down', { problem: messageOf(error) })
    })
  }
}
