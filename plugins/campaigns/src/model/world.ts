import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ack, Database, type OutgoingMessage } from '@waqtor/contracts'
import { Clock } from './clock.ts'
import { Link } from './link.ts'
import type { Model } from './model.ts'
import { type Conduct, Network, textOf } from './network.ts'
import { Process } from './process.ts'

export interface Setup {
  readonly preDrawnIds: boolean
  readonly maxInFlight: number
  readonly latencyMs: number
}

/** What a crash leaves of an account, beside what lies in its own directory. */
const databaseFiles = ['waqtor.db', 'waqtor.db-wal']
const accountPath = 'instances/default'

/** The system under test: a process with its database, the network, and everything that may befall them. */
export class World implements AsyncDisposable {
  readonly network: Network
  readonly clock: Clock
  /** What went wrong in the very moment in which it happened. */
  readonly faults: string[] = []
  readonly #model: Model
  readonly #setup: Setup
  readonly #root = mkdtempSync(join(tmpdir(), 'waqtor-model-'))
  readonly #zombies: Process[] = []
  #process!: Process
  #link: Link | undefined
  #directories = 0
  #backup: { readonly path: string; readonly pairing: number | undefined } | undefined
  /** The pairing that the process has certainly written down. */
  #known: number | undefined

  private constructor(model: Model, setup: Setup) {
    this.#model = model
    this.#setup = setup
    this.network = new Network(setup.latencyMs)
    this.clock = new Clock(() => {
      const processes = [this.#process, ...this.#zombies]
      return {
        done: this.network.calls + processes.reduce((sum, it) => sum + it.writes, 0),
        underWay: processes.reduce((sum, it) => sum + it.writing, 0),
      }
    })
  }

  static async create(model: Model, setup: Setup): Promise<World> {
    const world = new World(model, setup)
    await world.#start(world.#newDirectory())
    return world
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#link?.kill()
    for (const it of [this.#process, ...this.#zombies]) await this.clock.until(it.end())
    this.clock[Symbol.dispose]()
    rmSync(this.#root, { recursive: true, force: true })
  }

  get test(): Process['test'] {
    return this.#process.test
  }

  get isConnected(): boolean {
    return this.#link !== undefined
  }

  get hasZombie(): boolean {
    return this.#zombies.length > 0
  }

  connect(): void {
    if (this.#link) return
    const owner = this.#process
    this.#link = new Link({
      ...this.#setup,
      network: this.network,
      begins: (...it) => this.#begins(owner, ...it),
    })
    this.test.account.connect(this.#link, `pairing-${this.network.pairing}`)
  }

  disconnect(reason = 'connection-lost', permanent = false): void {
    this.#link?.break()
    this.#link = undefined
    this.test.account.disconnect(reason, permanent)
  }

  /** The network tells of acknowledgements, if anybody listens. */
  async report(messageId: string, acks: readonly Ack[]): Promise<void> {
    if (this.#link) await this.test.account.report(...acks.map((ack) => ({ type: 'ack' as const, messageId, ack })))
  }

  /** Everything comes to rest, without time passing. */
  async settle(): Promise<void> {
    await this.clock.settle()
    this.#model.settled()
    if (this.#link) this.#known = this.network.pairing
  }

  /** The process ends as it should, and starts again. */
  async restart(): Promise<void> {
    this.disconnect()
    await this.clock.until(this.#process.end())
    await this.#start(this.#process.directory)
  }

  /** The process is gone at this very instant; another one finds what lies on the disk. */
  async crash(): Promise<void> {
    this.#link?.kill()
    this.#link = undefined
    const directory = this.#copyDirectory()
    this.#model.crashed()
    await this.clock.until(this.#process.end())
    await this.#start(directory)
  }

  /** Another process takes over; the first one does not know, and is still connected. */
  async takeOver(): Promise<void> {
    this.#link = undefined
    this.network.broken()
    this.#model.crashed()
    this.#zombies.push(this.#process)
    await this.#start(this.#process.directory)
  }

  async keepBackup(): Promise<void> {
    await this.settle()
    const path = join(this.#root, `backup-${this.#directories++}.db`)
    await this.test.service(Database).backup('default', path)
    this.#backup = { path, pairing: this.#known }
  }

  /** The database is replaced by the copy, and the process starts on that. Answers whether the pairing is still that of the copy. */
  async restore(): Promise<boolean> {
    this.#link?.kill()
    this.#link = undefined
    const directory = this.#copyDirectory()
    const account = join(directory, accountPath)
    for (const it of [...databaseFiles, 'outbox-epoch']) rmSync(join(account, it), { force: true })
    cpSync(this.#backup!.path, join(account, databaseFiles[0]!))
    await this.clock.until(this.#process.end())
    await this.#start(directory)
    this.#known = this.#backup!.pairing
    return this.#known === this.network.pairing
  }

  async #start(directory: string): Promise<void> {
    this.#process = await Process.start(directory, this.#model.optedOut)
    this.#model.started()
  }

  #begins(owner: Process, { body, chatId }: OutgoingMessage, conduct: Conduct): void {
    const fault = this.#model.begins(textOf(body), chatId, conduct)
    if (fault) this.faults.push(fault)
    if (owner !== this.#process)
      this.faults.push(`a process that was taken over began a send of '${textOf(body)}' to ${chatId}`)
  }

  /** Copied between two turns, while nothing is being written: just what the next process would find. */
  #copyDirectory(): string {
    const from = this.#process.directory
    const to = this.#newDirectory()
    mkdirSync(join(to, accountPath), { recursive: true })
    const files = ['host.db', 'host.db-wal', ...[...databaseFiles, 'outbox-epoch'].map((it) => join(accountPath, it))]
    for (const it of files) if (existsSync(join(from, it))) cpSync(join(from, it), join(to, it))
    return to
  }

  #newDirectory(): string {
    const directory = join(this.#root, `${this.#directories++}`)
    mkdirSync(directory)
    return directory
  }
}
