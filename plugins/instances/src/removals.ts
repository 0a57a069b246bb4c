import { rm } from 'node:fs/promises'
import { type Database, type EventLog, fail } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import { InstanceDeleted } from './contract.ts'
import { removeInstance } from './store.ts'

export interface RemovalsOptions {
  readonly database: Database
  readonly events: EventLog
  readonly log: Logger
  readonly pathOf: (instance: string) => string
  /** How long the readers of the last events may take, in milliseconds. */
  readonly drainMs: number
}

/** Accounts on their way out: what was begun is brought to its end, by the next start if need be. */
export class Removals {
  readonly #options: RemovalsOptions
  readonly #unfinished = new Set<string>()
  /** Those of them that somebody works on. */
  readonly #busy = new Set<string>()

  constructor(options: RemovalsOptions) {
    this.#options = options
  }

  has(instance: string): boolean {
    return this.#unfinished.has(instance)
  }

  /** The account is marked as one that goes. */
  begin(instance: string): void {
    this.#unfinished.add(instance)
  }

  /** It stays after all. */
  cancel(instance: string): void {
    this.#unfinished.delete(instance)
  }

  /** Finishes what a crash has cut short; what fails is left to the next start. */
  resume(): void {
    for (const instance of this.#unfinished) {
      this.finish(instance, false).catch((error: unknown) => {
        this.#options.log.warn(`instance '${instance}' could not be removed completely; the next start tries again`, {
          problem: messageOf(error),
        })
      })
    }
  }

  finish(instance: string, force: boolean): Promise<void> {
    return this.alone(instance, async () => {
      await this.drain(instance, force)
      await this.erase(instance)
    })
  }

  /** Only one at a time removes an account. */
  async alone(instance: string, work: () => Promise<void>): Promise<void> {
    if (this.#busy.has(instance)) throw fail('WAQ_CONFLICT', `instance '${instance}' is being removed already`)
    this.#busy.add(instance)
    try {
      await work()
    } finally {
      this.#busy.delete(instance)
    }
  }

  /** @throws WaqtorError WAQ_CONFLICT when a reader of its events is behind, unless it is forced */
  async drain(instance: string, force: boolean): Promise<void> {
    const { database, events, drainMs } = this.#options
    if (!force) {
      await database.open(instance)
      await events.attach(instance)
    }
    await events.detach(instance, { force, timeoutMs: drainMs })
  }

  /** Nobody needs anything of it any more. */
  async erase(instance: string): Promise<void> {
    const { database, events, pathOf } = this.#options
    await database.remove(instance)
    await rm(pathOf(instance), { recursive: true, force: true })
    const host = await database.open('host')
    await host.write(async (tx) => {
      await removeInstance(tx, instance)
      await events.record(tx, InstanceDeleted, { instanceId: instance })
    })
    this.#unfinished.delete(instance)
  }
}
