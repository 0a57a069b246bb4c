import { isDeepStrictEqual } from 'node:util'
import { type Call, type Denial, type Principal, RunningCall } from './call.ts'
import { type CommandRegistry, Commands } from './commands.ts'
import { type Problem, problem, StartupError, WaqtorError } from './errors.ts'
import { type Bus, createBus, type EventBus } from './events.ts'
import { type AuthorizeHook, Gate } from './gate.ts'
import { createBailHook, createSeriesHook, type SeriesHook } from './hooks.ts'
import { CommandCompleted, CommandFailed, PluginFault } from './kernel-events.ts'
import { type Logger, silentLogger } from './logger.ts'
import type { PluginEntry } from './plugin.ts'
import { dependents, type ResolvedPlugin, resolve } from './resolve.ts'
import { Runtime } from './runtime.ts'
import type { Guarded } from './tokens.ts'

export interface KernelHooks {
  /** Every plugin is set up, nothing is served yet: open, migrate, restore. */
  readonly boot: SeriesHook<[kernel: KernelView]>
  /** Listen, pair, schedule. */
  readonly ready: SeriesHook<[kernel: KernelView]>
  /** Take no new work; comes before any plugin is undone, in reverse order. */
  readonly close: SeriesHook<[kernel: KernelView]>
  /** Can only narrow: the kernel has denied already what the permission does not allow. The first denial wins; fails closed. */
  readonly authorize: AuthorizeHook
}

/** The kernel as plugins see it. */
export interface KernelView {
  readonly hooks: KernelHooks
  readonly commands: CommandRegistry
  readonly events: EventBus
  /** The gate, for anything that is not a command: a socket subscription, a stream, an export, a page's chunk. */
  authorize(subject: Guarded, call: Partial<Call>, instance: string | null): Promise<Denial | undefined>
  /** The gate's first half alone, for a door that must refuse before it reads the input. */
  refusal(subject: Guarded, principal: Principal | null): Denial | undefined
  inspect(): Inspection
}

export interface PluginReport {
  readonly name: string
  readonly state: Runtime['state']
  readonly setupMs: number
  /** Registrations that are alive. */
  readonly effects: number
  readonly needs: readonly string[]
  readonly provides: readonly string[]
}

/** Everything that is registered right now. */
export interface Inspection {
  readonly plugins: readonly PluginReport[]
  readonly services: readonly string[]
  readonly commands: readonly string[]
  readonly events: readonly string[]
  /** Listeners by event. */
  readonly listeners: Readonly<Record<string, number>>
  /** Owners of taps by hook of the kernel. */
  readonly taps: Readonly<Record<string, readonly string[]>>
}

/** A kernel and the means to run it. */
export interface Kernel extends KernelView, AsyncDisposable {
  /** @throws StartupError with every problem; nothing is left running. */
  start(): Promise<void>
  /**
   * Takes over a changed set: restarts what changed and what depends on it, and nothing else. Answers the names.
   * @throws StartupError when the new set has problems or does not come up; the old one runs on.
   */
  reload(entries: readonly PluginEntry[]): Promise<readonly string[]>
  close(): Promise<void>
}

export interface KernelOptions {
  readonly plugins: readonly PluginEntry[]
  readonly log?: Logger
  /** Milliseconds: setup 10,000 · start (each boot and ready tap) 60,000 · command and listener 60,000 · close 10,000 */
  readonly timeoutMs?: Partial<Limits>
}

type Limits = Readonly<Record<'setup' | 'start' | 'command' | 'listener' | 'close', number>>
type State = 'new' | 'running' | 'closed'

/**
 * Makes a kernel; `start()` brings its plugins up.
 * @example
 * await using kernel = createKernel({ plugins: [greeter()] })
 * await kernel.start()
 * await kernel.commands.execute(greet, { to: 'Mona' }, { principal: systemPrincipal })
 */
export function createKernel(options: KernelOptions): Kernel {
  return new RunningKernel(options)
}

/** The kernel at work, as its own parts see it. */
export class RunningKernel implements Kernel {
  readonly hooks: KernelHooks
  readonly commands: Commands
  readonly events: Bus
  readonly log: Logger
  readonly limits: Limits
  /** Live services by the id of their token. */
  readonly services = new Map<string, unknown>()
  readonly #entries: readonly PluginEntry[]
  readonly #gate: Gate
  /** In order of start. */
  #runtimes: readonly Runtime[] = []
  #state: State = 'new'
  /** Start, reload and close take turns. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Faults within the present second. */
  #faults = { second: 0, count: 0 }

  constructor({ plugins, log = silentLogger, timeoutMs }: KernelOptions) {
    this.#entries = plugins
    this.log = log
    this.limits = { setup: 10_000, start: 60_000, command: 60_000, listener: 60_000, close: 10_000, ...timeoutMs }
    const onFailure = (error: WaqtorError, event?: string) => this.fault(error, event)
    const starting = { onError: 'abort', timeoutMs: this.limits.start } as const
    const closing = { onError: 'skip', timeoutMs: this.limits.close, reverse: true, onFailure } as const
    this.hooks = {
      boot: createSeriesHook({ name: 'boot', phase: 'boot', ...starting }),
      ready: createSeriesHook({ name: 'ready', phase: 'ready', ...starting }),
      close: createSeriesHook({ name: 'close', phase: 'close', ...closing }),
      authorize: createBailHook({ name: 'authorize', onError: 'abort', onFailure }),
    }
    this.#gate = new Gate(this.hooks.authorize)
    this.events = createBus(this.limits.listener, onFailure)
    for (const event of [CommandCompleted, CommandFailed, PluginFault]) this.events.declare('kernel', event)
    this.commands = new Commands(this.#gate, this.events, this.limits.command)
  }

  async authorize(subject: Guarded, caller: Partial<Call>, instance: string | null): Promise<Denial | undefined> {
    const call = new RunningCall(caller)
    return this.#gate.refusal(subject, call.principal) ?? this.#gate.narrowing(subject, call, instance)
  }

  refusal(subject: Guarded, principal: Principal | null): Denial | undefined {
    return this.#gate.refusal(subject, principal)
  }

  inspect(): Inspection {
    const plugins = this.#runtimes.map(({ name, plugin, state, setupMs, effects }) => {
      const provides = plugin.entry.spec.provides?.map((it) => it.id) ?? []
      return { name, state, setupMs, effects, needs: plugin.needs, provides }
    })
    return {
      plugins,
      services: [...this.services.keys()].sort(),
      commands: this.commands.list().map((it) => it.id),
      events: this.events.list().map((it) => it.id),
      listeners: this.events.counts(),
      taps: Object.fromEntries(Object.values(this.hooks).map((it) => [it.name, it.owners])),
    }
  }

  start(): Promise<void> {
    return this.#inTurn('new', async () => {
      await this.#bringUp(resolved(this.#entries))
      this.#state = 'running'
    })
  }

  reload(entries: readonly PluginEntry[]): Promise<readonly string[]> {
    return this.#inTurn('running', async () => {
      const next = resolved(entries)
      const current = this.#runtimes.map((it) => it.plugin)
      const changed = changes(current, next)
      // What stands on a changed plugin in either set: an optional service may have come or gone.
      const affected = new Set([...dependents(current, changed), ...dependents(next, changed)])
      this.commands.suspend(affected)
      this.#gate.shut ||= this.hooks.authorize.owners.some((it) => affected.has(it))
      try {
        await this.#takeDown(affected)
        await this.#bringUp(next, affected).catch((error) => this.#goBack(current, affected, error))
      } finally {
        this.commands.suspend(new Set())
      }
      return [...affected]
    })
  }

  close(): Promise<void> {
    return this.#inTurn(undefined, async () => {
      this.#state = 'closed'
      await this.#takeDown(new Set(this.#runtimes.map((it) => it.name)))
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #inTurn<T>(state: State | undefined, work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => {
      if (!state || state === this.#state) return work()
      throw new WaqtorError('WAQ_CLOSED', `the kernel is ${this.#state}, not ${state}`, { phase: 'setup' })
    })
    this.#turn = turn.catch(() => {})
    return turn
  }

  /**
   * Sets up those of `set` that are `coming`, in order, then runs their boot and ready taps.
   * Every failure of a setup is collected before it throws; none of the coming is left then.
   */
  async #bringUp(
    set: readonly ResolvedPlugin[],
    coming: ReadonlySet<string> = new Set(set.map((it) => it.name)),
  ): Promise<void> {
    const problems: Problem[] = []
    try {
      for (const plugin of set.filter((it) => coming.has(it.name))) {
        const runtime = new Runtime(plugin, this)
        this.#runtimes = [...this.#runtimes, runtime]
        const broken = this.#runtimes.filter((it) => it.state === 'failed' || it.state === 'skipped')
        // What stands on a broken plugin would only fail for the same reason.
        if (broken.some((it) => plugin.needs.includes(it.name))) runtime.state = 'skipped'
        else problems.push(...(await runtime.setUp()))
      }
      if (problems.length > 0) throw new StartupError(problems, 'setup')
      for (const phase of ['boot', 'ready'] as const) {
        await this.hooks[phase].callFor(coming, this).catch(({ code, plugin, message, cause }: WaqtorError) => {
          throw new StartupError([problem(code, plugin ?? 'kernel', message, cause)], phase)
        })
      }
    } catch (error) {
      await this.#takeDown(coming)
      throw error
    }
    const place = new Map(set.map((it, index) => [it.name, index]))
    this.#runtimes = this.#runtimes.toSorted((a, b) => place.get(a.name)! - place.get(b.name)!)
    // Every check that narrows is back.
    this.#gate.shut = false
  }

  async #takeDown(names: ReadonlySet<string>): Promise<void> {
    await this.hooks.close.callFor(names, this)
    for (const runtime of this.#runtimes.filter((it) => names.has(it.name)).toReversed()) await runtime.close()
    this.#runtimes = this.#runtimes.filter((it) => !names.has(it.name))
  }

  /** The new set did not come up: the old one does again or, where even that fails, the others run on alone. */
  async #goBack(old: readonly ResolvedPlugin[], names: ReadonlySet<string>, error: StartupError): Promise<never> {
    this.log.error('the new set did not come up; going back to the old one', { problem: error.message })
    await this.#bringUp(old, names).catch((again: StartupError) => {
      throw new StartupError([...error.problems, ...again.problems], error.phase)
    })
    throw error
  }

  /** Logs what a plugin did wrong and tells the bus. `event` is what it was handling, if anything. */
  fault(error: WaqtorError, event?: string): void {
    const { message, plugin, phase, code, cause } = error
    this.log.error(message, { plugin, phase, code, cause })
    // Who hears of a fault may fail because of it. Past a hundred a second faults are only logged, so no circle lives on.
    const second = Math.floor(performance.now() / 1000)
    this.#faults = { second, count: second === this.#faults.second ? this.#faults.count + 1 : 1 }
    if (event !== PluginFault.id && this.#faults.count <= 100)
      this.events.emit('kernel', PluginFault, { plugin, phase, code, message }, null)
  }
}

/** The order to start in. @throws StartupError when something is in the way */
function resolved(entries: readonly PluginEntry[]): readonly ResolvedPlugin[] {
  const { order, problems } = resolve(entries)
  if (problems.length > 0) throw new StartupError(problems, 'resolve')
  return order
}

/** Names that came, went, or have another definition, other options or other providers. */
function changes(current: readonly ResolvedPlugin[], next: readonly ResolvedPlugin[]): Set<string> {
  const [before, after] = [current, next].map((plugins) => new Map(plugins.map((it) => [it.name, it])))
  const names = [...current, ...next].map((it) => it.name)
  return new Set(names.filter((it) => !same(before?.get(it), after?.get(it))))
}

function same(a: ResolvedPlugin | undefined, b: ResolvedPlugin | undefined): boolean {
  return a?.entry.spec === b?.entry.spec && isDeepStrictEqual([a?.config, a?.needs], [b?.config, b?.needs])
}
