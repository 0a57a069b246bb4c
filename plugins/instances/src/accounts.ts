import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ClientInfo,
  type Database,
  type DatabaseFile,
  type EventLog,
  fail,
  type InstanceObserver,
  type Instances,
  type Session,
  type SessionStatus,
  type TransportCapabilities,
} from '@waqtor/contracts'
import { type Awaitable, type Logger, messageOf, newId, WaqtorError } from '@waqtor/kernel'
import { Account, type AccountServices } from './account.ts'
import { InstanceCreated } from './contract.ts'
import { Observers } from './observers/observers.ts'
import { Removals } from './removals.ts'
import type { Scheduler } from './scheduler.ts'
import type { BackOff } from './session/back-off.ts'
import type { SupervisorLimits } from './session/supervisor.ts'
import { type InstanceRow, insertInstance, loadInstances, newRow, plantSeed, updateInstance } from './store.ts'
import { TransportKinds } from './transport-kinds.ts'

export interface AccountsOptions {
  readonly database: Database
  readonly events: EventLog
  readonly dataDirectory: string
  readonly scheduler: Scheduler
  readonly random: () => number
  readonly log: Logger
  readonly limits: SupervisorLimits & { readonly drainMs: number }
  readonly backOff: BackOff
  readonly defaultTransport?: string
  readonly showQr: AccountServices['showQr']
  readonly showPairingCode: AccountServices['showPairingCode']
}

export interface NewInstance {
  readonly id?: string
  readonly name?: string
  readonly transport?: string
  readonly autoStart: boolean
}

export type InstanceChange = { readonly [K in 'name' | 'transport' | 'autoStart']?: InstanceRow[K] | undefined }

const READY_MS = 30_000
/** How long everybody together may take to let go of one account. */
const CLOSE_MS = 2_000

/** All accounts of the host: those that run, those that rest, and those on their way out. */
export class Accounts implements Instances {
  readonly kinds: TransportKinds
  readonly #options: AccountsOptions
  readonly #observers: Observers
  readonly #accounts = new Map<string, Account>()
  readonly #removals: Removals
  #isClosed = false

  constructor(options: AccountsOptions) {
    this.#options = options
    const { database, events, log, limits } = options
    this.#removals = new Removals({
      database,
      events,
      log,
      drainMs: limits.drainMs,
      pathOf: (instance) => this.#path(instance),
    })
    this.kinds = new TransportKinds(options.defaultTransport, {
      added: (kind) => {
        for (const it of this.#of(kind)) it.session.kick()
      },
      removed: async (kind) => {
        await Promise.all(this.#of(kind).map((it) => it.session.giveUp(`the transport '${kind}' is not loaded`)))
      },
    })
    this.#observers = new Observers({
      scheduler: options.scheduler,
      log: options.log,
      closeMs: CLOSE_MS,
      full: (instance) => void this.#accounts.get(instance)?.session.giveUp('too much comes in at once'),
    })
  }

  ids(): readonly string[] {
    return [...this.#accounts.keys()].sort()
  }

  has(instance: string): boolean {
    return this.#accounts.has(instance)
  }

  status(instance: string): SessionStatus {
    return this.get(instance).session.view.status
  }

  capabilities(instance: string): TransportCapabilities | undefined {
    return this.get(instance).session.capabilities
  }

  clientInfo(instance: string): ClientInfo | undefined {
    return this.get(instance).session.view.clientInfo ?? undefined
  }

  session(instance: string): Session | undefined {
    return this.#accounts.get(instance)?.session.session
  }

  async ready(
    instance: string,
    { timeoutMs = READY_MS, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Session> {
    return this.get(instance).ready(timeoutMs, signal)
  }

  observe(observer: InstanceObserver): () => Awaitable<void> {
    return this.#observers.add(observer)
  }

  /** @throws WaqtorError WAQ_INSTANCE_UNKNOWN (404) */
  get(instance: string): Account {
    const account = this.#accounts.get(instance)
    if (account) return account
    throw fail('WAQ_INSTANCE_UNKNOWN', `there is no instance '${instance}'`)
  }

  /** Brings back what is stored, adds what the config asks for, and opens everything. Starts no session. */
  async load(create: readonly string[]): Promise<void> {
    const host = await this.#host()
    for (const row of await loadInstances(host)) {
      if (row.deleting) this.#removals.begin(row.id)
      else this.#accounts.set(row.id, this.#account(row))
    }
    for (const id of create) await this.#seed(host, id)
    await Promise.all([...this.#accounts.values()].map((it) => this.#open(it)))
  }

  /**
   * Starts the sessions that start by themselves, and finishes removals that a crash has cut short. Waits for neither:
   * only for everybody who follows the accounts to have opened what belongs to them.
   */
  async start(autoStart: boolean): Promise<void> {
    await Promise.all([...this.#accounts.values()].map((it) => this.#open(it)))
    for (const { row, session } of this.#accounts.values()) {
      if (autoStart && row.autoStart && row.halted === null) session.start()
    }
    this.#removals.resume()
  }

  /** Stops all sessions and lets everybody go. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const accounts = [...this.#accounts.values()]
    for (const it of accounts) it.end(closing())
    await Promise.all(accounts.map((it) => it.close()))
    this.#observers.end()
  }

  async create({ id = drawId(), name = id, transport, autoStart }: NewInstance): Promise<Account> {
    if (this.#isClosed) throw closing()
    const createdAt = this.#options.scheduler.now()
    const row = newRow({ id, name, transport: this.kinds.choose(transport), autoStart, createdAt })
    if (this.#removals.has(id)) throw fail('WAQ_CONFLICT', `instance '${id}' is still being removed: try again soon`)
    if (this.has(id)) throw fail('WAQ_INSTANCE_EXISTS', `there is an instance '${id}' already`)
    const account = this.#account(row)
    this.#accounts.set(id, account)
    try {
      const host = await this.#host()
      await host.write(async (tx) => {
        await insertInstance(tx, row)
        await this.#options.events.record(tx, InstanceCreated, { instanceId: id })
      })
    } catch (error) {
      this.#accounts.delete(id)
      throw error
    }
    await this.#open(account)
    if (autoStart && !this.#isClosed) account.session.start()
    return account
  }

  async update(instance: string, { name, transport, autoStart }: InstanceChange): Promise<Account> {
    const account = this.get(instance)
    if (transport !== undefined && transport !== account.row.transport) {
      this.kinds.choose(transport)
      if (!account.session.isAtRest)
        throw fail('WAQ_CONFLICT', `instance '${instance}' is running: stop it before you change its transport`)
    }
    await this.#save(account, {
      ...(name !== undefined && { name }),
      ...(transport !== undefined && { transport }),
      ...(autoStart !== undefined && { autoStart }),
    })
    return account
  }

  /** A person wants the session to run, whatever had stopped it. */
  async run(instance: string, how: 'start' | 'restart'): Promise<Account> {
    const account = this.get(instance)
    if (account.row.halted !== null) await this.#save(account, { halted: null })
    if (this.#isClosed) throw closing()
    account.session[how]()
    return account
  }

  /**
   * Removes an account with everything that belongs to it.
   * @throws WaqtorError WAQ_CONFLICT when a reader of its events is behind; the account then stays, stopped
   */
  async delete(instance: string, { force }: { readonly force: boolean }): Promise<void> {
    if (this.#removals.has(instance)) return this.#removals.finish(instance, force)
    const account = this.get(instance)
    await this.#removals.alone(instance, async () => {
      // From here on a crash does not bring it back.
      await this.#save(account, { deleting: true })
      this.#removals.begin(instance)
      this.#accounts.delete(instance)
      account.end(fail('WAQ_INSTANCE_UNKNOWN', `instance '${instance}' was removed`))
      if (account.session.session) await this.#unlink(account)
      await account.close()
      try {
        await this.#removals.drain(instance, force)
      } catch (error) {
        await this.#takeBack(account)
        throw error
      }
      await this.#removals.erase(instance)
    })
  }

  /** A removal that was refused: the account is there again, and stopped. */
  async #takeBack({ row }: Account): Promise<void> {
    const account = this.#account({ ...row, deleting: false })
    const host = await this.#host()
    await host.write((tx) => updateInstance(tx, account.row))
    this.#removals.cancel(row.id)
    this.#accounts.set(row.id, account)
    await this.#open(account)
  }

  async #unlink({ id, session }: Account): Promise<void> {
    try {
      await session.logout()
    } catch (error) {
      // An account whose phone does not answer is removed all the same.
      this.#options.log.warn(`instance '${id}' is removed without being unlinked: remove it on the phone, too`, {
        problem: messageOf(error),
      })
    }
  }

  async #seed(host: DatabaseFile, id: string): Promise<void> {
    const { log, events } = this.#options
    const transport = this.kinds.preferred
    if (transport === undefined) {
      log.warn(`instance '${id}' is not created: no plugin brings a transport`)
      return
    }
    const createdAt = this.#options.scheduler.now()
    const row = newRow({ id, name: id, transport, autoStart: true, createdAt })
    const isNew = await host.write(async (tx) => {
      if (!(await plantSeed(tx, id)) || this.has(id) || this.#removals.has(id)) return false
      await insertInstance(tx, row)
      await events.record(tx, InstanceCreated, { instanceId: id })
      return true
    })
    if (isNew) this.#accounts.set(id, this.#account(row))
  }

  /** What fails here is tried again when the session is started. */
  async #open(account: Account): Promise<void> {
    try {
      await account.open()
    } catch (error) {
      this.#options.log.error(`instance '${account.id}' could not be opened`, { problem: messageOf(error) })
    }
  }

  async #save(account: Account, change: Partial<InstanceRow>): Promise<void> {
    const before = account.row
    account.row = { ...before, ...change }
    try {
      const host = await this.#host()
      await host.write((tx) => updateInstance(tx, account.row))
    } catch (error) {
      account.row = before
      throw error
    }
  }

  #account(row: InstanceRow): Account {
    const { database, events, scheduler, random, log, limits, backOff, showQr, showPairingCode } = this.#options
    return new Account(row, {
      database,
      events,
      observers: this.#observers,
      kinds: this.kinds,
      scheduler,
      random,
      log,
      limits,
      backOff,
      showQr,
      showPairingCode,
      directory: (instance) => this.#directory(instance),
      halt: async (instance, reason) => {
        const account = this.#accounts.get(instance)
        if (account) await this.#save(account, { halted: reason })
      },
    })
  }

  /** Session files are as good as the account: nobody else on the machine may look into its directory. */
  async #directory(instance: string): Promise<string> {
    const path = this.#path(instance)
    await mkdir(path, { recursive: true, mode: 0o700 })
    await chmod(path, 0o700)
    return path
  }

  #path(instance: string): string {
    return join(this.#options.dataDirectory, 'instances', instance)
  }

  #of(kind: string): Account[] {
    return [...this.#accounts.values()].filter((it) => it.row.transport === kind)
  }

  #host(): Promise<DatabaseFile> {
    return this.#options.database.open('host')
  }
}

function drawId(): string {
  return `wa-${newId('').slice(-10).toLowerCase()}`
}

function closing(): WaqtorError {
  return new WaqtorError('WAQ_CLOSED', 'the instances are being stopped', { retryAfter: 5 })
}
