import type { LoadedConfig } from '../config/load-config.ts'
import { ConfigError } from '../problem.ts'
import { listenForStop, type StopSignals } from '../run/stop-signals.ts'
import type { GlobalFlags } from './arguments.ts'
import { Output } from './output.ts'
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts'
import type { World } from './world.ts'

/** One run of the command line, as commands see it. */
export class Cli {
  readonly world: World
  readonly flags: GlobalFlags
  readonly out: Output
  /** The first signal asks for a stop, the second ends the process. */
  readonly stop: StopSignals
  #prepared: Promise<Prepared> | undefined

  constructor(world: World, flags: GlobalFlags) {
    this.world = world
    this.flags = flags
    this.out = new Output(world, flags)
    this.stop = listenForStop(world.process, (code) => world.exit(code))
  }

  /** Options, config and assembly with all their problems; read once. */
  prepare(
    options: Omit<PrepareOptions, 'flags'> & { readonly flags?: PrepareOptions['flags'] } = {},
  ): Promise<Prepared> {
    const { config, data, 'log-level': level } = this.flags
    this.#prepared ??= this.#prepare({ ...options, flags: { config, data, 'log-level': level, ...options.flags } })
    return this.#prepared
  }

  async #prepare(options: PrepareOptions): Promise<Prepared> {
    const prepared = await prepare(this.world, options)
    if (!this.out.json) for (const hint of prepared.hints) this.out.note(`waqtor: ${hint}`)
    return prepared
  }

  /** As `prepare`, for those who cannot go on with a problem. @throws ConfigError with all of them */
  async prepareWhole(options: Parameters<Cli['prepare']>[0] = {}): Promise<Prepared & Whole> {
    const prepared = await this.prepare(options)
    const { config, loader, assembly } = prepared
    if (prepared.problems.length > 0 || !config || !loader || !assembly) throw new ConfigError(prepared.problems)
    return { ...prepared, config, loader, assembly }
  }
}

interface Whole {
  readonly config: LoadedConfig
  readonly loader: NonNullable<Prepared['loader']>
  readonly assembly: NonNullable<Prepared['assembly']>
}
