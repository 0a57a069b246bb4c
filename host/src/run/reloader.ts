import { messageOf } from '@waqtor/kernel'
import type { ConfigLoader, LoadedConfig } from '../config/load-config.ts'
import type { LogLevel } from '../define-config.ts'
import type { HostLogger } from '../log/host-logger.ts'
import type { Options } from '../options/options.ts'
import { type Host, linesOf } from './host.ts'

export interface ReloaderOptions {
  readonly host: Host
  readonly loader: ConfigLoader
  readonly log: HostLogger
  readonly data: Options['data']
  /** The level where a config names none; nothing when a flag or the environment decides. */
  readonly defaultLogLevel?: LogLevel
  /** The old set did not come back after a failed reload: the host cannot go on. */
  readonly lost: (error: unknown) => void
}

/** Takes over changes of the config file, one at a time; a broken one leaves everything as it is. */
export class Reloader {
  readonly #options: ReloaderOptions
  #seen: string
  #turn: Promise<void> = Promise.resolve()

  constructor(options: ReloaderOptions) {
    this.#options = options
    this.#seen = options.host.config.hash
  }

  /** Call it whenever the file may have changed. Resolves when the change is dealt with. */
  changed(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#look())
    return this.#turn
  }

  async #look(): Promise<void> {
    const { loader, log } = this.#options
    const hash = await loader.hash()
    // Editors write a file more than once; between two writes there may be none.
    if (hash === undefined || hash === this.#seen) return
    this.#seen = hash
    log.info('the config has changed', { file: loader.file })
    try {
      await this.#take(await loader.load())
    } catch (error) {
      await this.#refuse(error)
    }
  }

  async #take(config: LoadedConfig): Promise<void> {
    const { host, log, data, defaultLogLevel } = this.#options
    const before = host.config
    const restarted = await host.reload(config)
    if (defaultLogLevel) log.setLevel(config.logLevel ?? defaultLogLevel)
    if (config.data !== before.data && (data.source === before.name || data.source === 'default'))
      log.warn('the other data directory is used from the next start on', { data: config.data })
    if (restarted.length === 0) log.info('the config was taken over; nothing had to be restarted')
    else log.info(`the config was taken over; restarted: ${restarted.join(', ')}`, { restarted })
    await this.#record({ ok: true, restarted: [...restarted], problems: [] })
  }

  async #refuse(error: unknown): Promise<void> {
    const { log, host, lost } = this.#options
    const problems = linesOf(error)
    for (const line of problems) log.error(line)
    log.error(`the changed config was refused; the old one ${host.isWhole ? 'runs on' : 'did not come back'}`)
    await this.#record({ ok: false, restarted: [], problems })
    if (!host.isWhole) lost(error)
  }

  async #record(outcome: { ok: boolean; restarted: string[]; problems: string[] }): Promise<void> {
    try {
      await this.#options.host.recordReload(outcome)
    } catch (error) {
      this.#options.log.warn('the change could not be put into the event log', { problem: messageOf(error) })
    }
  }
}
