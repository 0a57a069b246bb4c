import { flushCompileCache } from 'node:module'
import { type Envelope, messageOf, WaqtorError } from '@waqtor/kernel'
import { callingName } from '../cli/calling-name.ts'
import type { Cli } from '../cli/cli.ts'
import type { Sink } from '../cli/world.ts'
import { shownPath } from '../config/config-file.ts'
import type { ConfigLoader, LoadedConfig } from '../config/load-config.ts'
import { type Crash, forgetCrashes, readCrashes, reasonForSafeMode, recordCrash } from '../data/crash-book.ts'
import type { LogLevel } from '../define-config.ts'
import { exitCodes } from '../exit-codes.ts'
import type { HostLogger } from '../log/host-logger.ts'
import { officialPlugins } from '../official-plugins.ts'
import type { Options } from '../options/options.ts'
import { VERSION } from '../version.ts'
import { guardExit } from './exit-guard.ts'
import { type FaultKind, originOf, watchFaults } from './faults.ts'
import { Host, type HostOptions } from './host.ts'
import type { Notice } from './host-plugins.ts'
import { showPairing } from './pairing-screen.ts'
import { Reloader } from './reloader.ts'
import { safeSet } from './safe-mode.ts'
import { crashOf, isConfigFault } from './start-failure.ts'
import { watchFile } from './watch-config.ts'
import { noticeLine, welcomeLines } from './welcome.ts'

export interface ServiceOptions {
  readonly config: LoadedConfig
  readonly loader: ConfigLoader
  readonly values: Options
  readonly log: HostLogger
  /** Where people look. */
  readonly people: Sink | undefined
  readonly watch: boolean
  readonly safeMode: boolean
  readonly defaultLogLevel?: LogLevel
}

/** A host from start to stop, with everything around it: faults, crashes, safe mode, changes of the config. */
export class Service {
  readonly #cli: Cli
  readonly #options: ServiceOptions
  readonly #directory: string
  readonly #host: Host
  /** What plugins have for the person at the console, until the welcome shows it. */
  readonly #notices: Notice[] = []
  #phase: 'starting' | 'ready' | 'over' = 'starting'
  #fatal: ((error: unknown) => void) | undefined

  constructor(cli: Cli, options: ServiceOptions) {
    this.#cli = cli
    this.#options = options
    this.#directory = options.values.data.value
    const { people } = options
    const safe = this.#safeMode()
    this.#host = new Host(options.config, {
      options: options.values,
      log: options.log,
      serve: true,
      ...safe,
      ...(people && {
        pairing: (event) => void this.#pair(people, event),
        notice: (notice) => this.#notice(people, notice),
      }),
    })
  }

  /** Until the first signal. Answers the exit code. @throws what kept the host from starting */
  async run(): Promise<number> {
    const { log } = this.#options
    const { world, stop } = this.#cli
    const faults = watchFaults(world.process, (kind, error) => this.#fault(kind, error))
    const warned = (warning: unknown) => log.warn(messageOf(warning), { warning: (warning as Error).name })
    const ended = () => this.#endedEarly()
    const unguard = guardExit(world.process)
    world.process.on('warning', warned)
    world.process.on('exit', ended)
    let unwatch = () => {}
    try {
      const asked = aborted(stop.signal)
      await this.#start(asked)
      if (stop.signal.aborted) return await this.#stop()
      const lost = Promise.withResolvers<unknown>()
      unwatch = this.#ready(lost.resolve)
      const reason = await Promise.race([asked, lost.promise])
      return await this.#stop(stop.signal.aborted ? undefined : reason)
    } finally {
      this.#phase = 'over'
      unwatch()
      unguard()
      faults()
      world.process.off('warning', warned)
      world.process.off('exit', ended)
    }
  }

  async #start(asked: Promise<unknown>): Promise<void> {
    const fatal = Promise.withResolvers<never>()
    this.#fatal = fatal.reject
    try {
      await Promise.race([this.#host.start(), fatal.promise, asked])
    } catch (error) {
      if (!isConfigFault(error)) this.#recordCrash(error)
      this.#phase = 'over'
      await this.#host.stop().catch((problem: unknown) => this.#options.log.error(messageOf(problem)))
      throw error
    } finally {
      this.#fatal = undefined
    }
  }

  /** Everything runs. Answers the undo of what is set up here. */
  #ready(lost: (error: unknown) => void): () => void {
    const { config, loader, log, values, watch, defaultLogLevel, people } = this.#options
    this.#phase = 'ready'
    try {
      forgetCrashes(this.#directory)
    } catch (error) {
      log.warn('the crashes before could not be forgotten', { problem: messageOf(error) })
    }
    const startMs = performance.now() - this.#cli.world.startedAt
    log.info('ready', { address: this.#host.address, startMs: Math.round(startMs), pid: process.pid })
    for (const line of people ? this.#welcome(startMs) : []) people?.write(`${line}\n`)
    // The runtime would keep compiled code at the end only, and a host that is killed has none: each start would compile anew.
    flushCompileCache()
    if (!watch) return () => {}
    const reloader = new Reloader({
      host: this.#host,
      loader,
      log,
      data: values.data,
      lost,
      ...(defaultLogLevel && { defaultLogLevel }),
    })
    const unwatched = (error: unknown) =>
      log.warn('changes of the config are not seen', { problem: messageOf(error), next: 'Start again after a change.' })
    try {
      const unwatch = watchFile(config.file, () => void reloader.changed(), { onError: unwatched })
      // What was changed between reading and watching would go unseen.
      void reloader.changed()
      return unwatch
    } catch (error) {
      unwatched(error)
      return () => {}
    }
  }

  #notice(people: Sink, notice: Notice): void {
    if (this.#phase === 'ready') people.write(`${noticeLine(notice)}\n`)
    else this.#notices.push(notice)
  }

  async #pair(people: Sink, event: Envelope): Promise<void> {
    try {
      await showPairing(people, event)
    } catch (error) {
      this.#options.log.warn('a code for linking could not be drawn', { problem: messageOf(error) })
    }
  }

  async #stop(reason?: unknown): Promise<number> {
    const { log } = this.#options
    if (reason === undefined) log.info('stopping', { signal: String(this.#cli.stop.signal.reason) })
    else log.error('stopping: the host cannot go on', { problem: messageOf(reason) })
    try {
      await this.#host.stop()
      log.info('stopped')
      return reason === undefined ? exitCodes.ok : exitCodes.crashed
    } catch (error) {
      log.error(messageOf(error))
      return exitCodes.crashed
    }
  }

  /** Which of the entries run, and why, when not all of them do. */
  #safeMode(): Required<Pick<HostOptions, 'select' | 'safeMode'>> | undefined {
    const { config, log, safeMode } = this.#options
    const crashes = reasonForSafeMode(readCrashes(this.#directory), Date.now(), officialPlugins)
    if (!safeMode && !crashes) return undefined
    const { left, stranded } = safeSet(config.entries, officialPlugins)
    if (left.length === 0) return undefined
    const why = safeMode ? 'asked for with --safe-mode' : 'three starts in five minutes ended before the host was ready'
    const leftOut = [...left, ...stranded]
    log.warn(`safe mode, ${why}; left out: ${leftOut.join(', ')}`, {
      left,
      stranded,
      ...(crashes && { crashes: crashes.map(({ plugin, message }: Crash) => ({ plugin, message })) }),
      next: 'Mend or remove them and start again: the next start is a normal one.',
    })
    this.#options.people?.write(`Safe mode, ${why}. Left out: ${leftOut.join(', ')}\n`)
    // A plugin that breaks every start breaks it in the same way: once is enough.
    for (const line of new Set(crashes?.map(crashLine))) this.#options.people?.write(`  ${line}\n`)
    return { select: (entries) => safeSet(entries, officialPlugins).entries, safeMode: { why, leftOut } }
  }

  #fault(kind: FaultKind, error: unknown): void {
    const { log } = this.#options
    const plugins = this.#host.kernel.inspect().plugins.map((it) => it.name)
    const origin = originOf(error, plugins)
    const who = origin.plugin ? `plugin '${origin.plugin}'` : (origin.package ?? 'something')
    const what = kind === 'uncaughtException' ? 'threw where nobody catches' : 'left a rejection unhandled'
    const message = `${who} ${what}: ${messageOf(error)}`
    log.error(message, { ...origin, cause: error })
    // A thrown error may have left a start half done. Once everything runs, one plugin's mistake must not end the others.
    if (this.#phase === 'starting' && kind === 'uncaughtException')
      this.#fatal?.(
        new WaqtorError('WAQ_SETUP_FAILED', message, { plugin: origin.plugin, phase: 'setup', cause: error }),
      )
    else if (this.#phase === 'ready')
      this.#host.reportFault({ plugin: origin.plugin, phase: 'event', code: 'WAQ_FAULT', message })
  }

  #recordCrash(error: unknown): void {
    try {
      recordCrash(this.#directory, crashOf(error, Date.now(), [this.#options.values.apiKey.value]))
    } catch (problem) {
      this.#options.log.warn('the crash could not be noted', { problem: messageOf(problem) })
    }
  }

  /** The process ends during the start, for whatever reason that can still be seen. */
  #endedEarly(): void {
    if (this.#phase !== 'starting' || this.#cli.stop.code !== undefined) return
    this.#recordCrash(new Error('the process was ended before the host was ready'))
  }

  #welcome(startMs: number): string[] {
    const { config, values, watch } = this.#options
    const { world } = this.#cli
    const names = new Set(config.entries.map((it) => it.spec.name))
    return welcomeLines({
      version: VERSION,
      startMs,
      address: this.#host.address,
      data: shownPath(this.#directory, world.cwd),
      config: config.name,
      watching: watch,
      notices: this.#notices.splice(0),
      waqtor: callingName(world),
      hasKeys: config.entries.some((it) => it.spec.cli?.some(({ name }) => name === 'keys')),
      hasRest: names.has('rest'),
      sendPath: this.#host.kernel.commands.get('messages.sendText')?.http?.path,
      dataFlag: values.data.source === '--data' ? ` --data ${this.#directory}` : '',
    })
  }
}

function crashLine({ plugin, message }: Crash): string {
  const who = plugin ?? 'unknown'
  return message.startsWith(`${who}: `) ? message : `${who}: ${message}`
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason)
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
  })
}
