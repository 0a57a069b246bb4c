import type { HostInfo } from '@waqtor/contracts'
import {
  createKernel,
  type Envelope,
  isWaqtorError,
  type Kernel,
  messageOf,
  type PluginEntry,
  StartupError,
  WaqtorError,
  withDeadline,
} from '@waqtor/kernel'
import { type LoadedConfig, placeProblems } from '../config/load-config.ts'
import { resolveEntries } from '../config/resolve-entries.ts'
import { removeHostFile, writeHostFile } from '../data/host-file.ts'
import { hostErrorCodes } from '../error-codes.ts'
import type { HostLogger } from '../log/host-logger.ts'
import { officialPlugins } from '../official-plugins.ts'
import type { Options } from '../options/options.ts'
import { ConfigError, problemLine } from '../problem.ts'
import { finishRestore } from '../restore/swap.ts'
import { VERSION } from '../version.ts'
import { HostPlugins, type Notice } from './host-plugins.ts'
import { type Outcome, Supervision } from './supervision.ts'

export interface HostOptions {
  readonly options: Options
  readonly log: HostLogger
  /** False for a kernel that only answers the command line. */
  readonly serve: boolean
  /** Of the entries of a config, those that run: safe mode leaves some out. */
  readonly select?: (entries: readonly PluginEntry[]) => readonly PluginEntry[]
  /** What the plugins are told of safe mode. */
  readonly safeMode?: NonNullable<HostInfo['safeMode']>
  readonly pairing?: (event: Envelope) => void
  readonly notice?: (notice: Notice) => void
}

/** Of the time for a stop, what one plugin may take of it. */
const shareOfStop = 0.65

/** A kernel with a config on a data directory: started, reloaded, stopped. */
export class Host {
  readonly kernel: Kernel
  readonly #plugins: HostPlugins
  readonly #supervision = new Supervision({ spared: officialPlugins, told: (it) => this.#tellOf(it) })
  readonly #options: HostOptions
  #config: LoadedConfig
  #ready = false
  #address: string | undefined

  constructor(config: LoadedConfig, options: HostOptions) {
    const { log, serve, safeMode, pairing, notice } = options
    this.#config = config
    this.#options = options
    this.#plugins = new HostPlugins({
      info: hostInfo(options.options, {
        serve,
        isReady: () => this.#ready,
        address: () => this.#address,
        ...(safeMode && { safeMode }),
      }),
      serving: (address) => {
        this.#address = address
        this.#announce()
      },
      ...(pairing && { pairing }),
      ...(notice && { notice }),
    })
    this.kernel = createKernel({
      plugins: this.#around(config.entries),
      log,
      timeoutMs: { close: config.stopTimeoutMs * shareOfStop },
    })
  }

  /** Where the server listens, if one does. */
  get address(): string | undefined {
    return this.#address
  }

  get config(): LoadedConfig {
    return this.#config
  }

  /** @throws StartupError with placed problems, WaqtorError WAQ_RESTORE_UNFINISHED */
  async start(): Promise<void> {
    const restored = finishRestore(this.#options.options.data.value)
    if (restored) this.#options.log.warn(restored)
    try {
      await this.kernel.start()
    } catch (error) {
      throw await placed(error, this.#config)
    }
    this.#ready = true
  }

  /**
   * Takes over a changed config.
   * @returns the names of the plugins that were restarted
   * @throws StartupError (ConfigError before anything was touched) with placed problems; the old set runs on, if `isWhole`
   */
  async reload(config: LoadedConfig): Promise<readonly string[]> {
    const entries = this.#around(config.entries)
    const { problems } = resolveEntries(entries)
    if (problems.length > 0) throw new ConfigError(await placeProblems(problems, config))

    let restarted: readonly string[]
    try {
      restarted = await this.kernel.reload(entries)
    } catch (error) {
      throw await placed(error, config)
    }
    this.#config = config
    const own = new Set([this.#plugins.first.spec.name, this.#plugins.last.spec.name])
    return restarted.filter((it) => !own.has(it))
  }

  /** True when every plugin of the config runs. */
  get isWhole(): boolean {
    const active = new Set(this.kernel.inspect().plugins.flatMap((it) => (it.state === 'active' ? [it.name] : [])))
    return this.#around(this.#config.entries).every((it) => active.has(it.spec.name))
  }

  /** Puts the outcome of a change to the config into the event log. */
  recordReload(outcome: Parameters<HostPlugins['recordReload']>[0]): Promise<void> {
    return this.#plugins.recordReload(outcome)
  }

  /** Tells the system of an error that nobody caught. */
  reportFault(fault: Parameters<HostPlugins['reportFault']>[0]): void {
    this.#plugins.reportFault(fault)
  }

  /**
   * Closes everything, within the time that the config gives.
   * @throws WaqtorError WAQ_TIMEOUT naming what is still open
   */
  async stop(): Promise<void> {
    const limitMs = this.#config.stopTimeoutMs
    this.#ready = false
    this.#address = undefined
    this.#announce()
    await withDeadline(this.kernel.close(), limitMs, () => {
      const open = this.kernel.inspect().plugins.map((it) => it.name)
      return new WaqtorError(
        'WAQ_TIMEOUT',
        `the stop took more than ${limitMs / 1000} s; still open: ${open.join(', ')}`,
        {
          phase: 'close',
        },
      )
    })
  }

  /** Leaves word for the command line. A full disk must not keep a host from running. */
  #announce(): void {
    const { log, serve, options } = this.#options
    const address = this.#address
    if (!serve) return
    try {
      if (address === undefined) removeHostFile(options.data.value)
      else
        writeHostFile(options.data.value, {
          pid: process.pid,
          address,
          version: VERSION,
          since: new Date().toISOString(),
        })
    } catch (error) {
      log.warn('the command line cannot find this host', { problem: messageOf(error) })
    }
  }

  #around(entries: readonly PluginEntry[]): readonly PluginEntry[] {
    const selected = this.#options.select?.(entries) ?? entries
    return this.#plugins.around(selected.map((it) => this.#supervision.watch(it)))
  }

  /** A plugin that fails again and again is a fault of its own, for the log and for everybody who listens. */
  #tellOf({ plugin, at, opening }: Outcome): void {
    const code = opening === 'off' ? 'WAQ_LISTENER_OFF' : 'WAQ_LISTENER_RESTS'
    const what = opening === 'off' ? 'is not called any more' : 'is not called for half a minute'
    const message = `plugin '${plugin}' fails again and again at '${at}' and ${what}`
    this.#options.log.error(message, { plugin, at, code, next: hostErrorCodes[code].fix })
    this.reportFault({ plugin, phase: at === 'messaging.incoming' ? 'hook' : 'event', code, message })
  }
}

function hostInfo(
  options: Options,
  { serve, ...rest }: { readonly serve: boolean } & Pick<HostInfo, 'isReady' | 'address' | 'safeMode'>,
): HostInfo {
  const { host, port, apiKey, simulatorNetwork, wsPort, wsPingInterval, wsPingTimeout } = options
  return {
    dataDirectory: options.data.value,
    version: VERSION,
    options: {
      serve,
      host: host.value,
      port: port.value,
      apiKey: apiKey.value,
      simulatorNetwork: simulatorNetwork.value,
      wsPort: wsPort.value,
      wsPingInterval: wsPingInterval.value,
      wsPingTimeout: wsPingTimeout.value,
      wsMaxBufferSize: options.wsMaxBufferSize.value,
      trustedProxies: options.trustedProxies.value,
      dashboardUrl: options.dashboardUrl.value,
    },
    ...rest,
  }
}

/** The same error with the places of its problems. */
async function placed(error: unknown, config: LoadedConfig): Promise<unknown> {
  if (!isWaqtorError(error) || !('problems' in error)) return error
  const problems = await placeProblems((error as StartupError).problems, config)
  return Object.assign(new StartupError(problems, error.phase), { cause: error })
}

/** Every line of a start-up error. */
export function linesOf(error: unknown): string[] {
  if (isWaqtorError(error) && 'problems' in error) return (error as StartupError).problems.map(problemLine)
  return [messageOf(error)]
}
