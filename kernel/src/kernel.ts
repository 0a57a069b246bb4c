import { isDeepStrictEqual } from 'node:util'
import type { Call, Denial, Principal } from './call.ts'
import { type CommandRegistry, Commands, type Completion } from './commands.ts'
import { type KernelErrorCode, kernelErrorCodes } from './error-codes.ts'
import { isWaqtorError, messageOf, type Phase, type Problem, StartupError, WaqtorError } from './errors.ts'
import { Bus, type EventBus } from './events.ts'
import { type AuthorizeHook, Gate } from './gate.ts'
import { createBailHook, createSeriesHook, type SeriesHook } from './hooks.ts'
import { newId } from './ids.ts'
import type { Internals } from './internals.ts'
import { CommandCompleted, CommandFailed, PluginFault } from './kernel-events.ts'
import { type Logger, silentLogger } from './logger.ts'
import type { PluginEntry } from './plugin.ts'
import { TokenRegistry } from './registry.ts'
import { type Assembly, dependents, type ResolvedPlugin, resolve } from './resolve.ts'
import { type PluginState, Runtime } from './runtime.ts'
import type { EventToken, Guarded } from './tokens.ts'

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
  readonly state: PluginState
  readonly setupMs: number
  /** Registrations that are alive. */
  readonly effects: number
  readonly needs: readonly string[]
  readonly provides: readonly string[]
  readonly error?: WaqtorError
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
  /** Limits in milliseconds: setup 10,000 · start (each boot and ready tap) 60,000 · command 60,000 · close 10,000 */
  readonly timeoutMs?: {
    readonly setup?: number
    readonly start?: number
    readonly command?: number
    readonly close?: number
  }
}

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

class RunningKernel implements Kernel {
  readonly hooks: KernelHooks
  readonly commands: Commands
  readonly events: Bus
  #entries: readonly PluginEntry[]
  /** In order of start. */
  #runtimes: Runtime[] = []
  #state: 'new' | 'running' | 'closed' = 'new'
  /** Start, reload and close take turns. */
  #turn: Promise<unknown> = Promise.resolve()
  readonly #gate: Gate
  readonly #log: Logger
  readonly #limits: { readonly setup: number; readonly start: number; readonly command: number; readonly close: number }
  readonly #internals: Internals

  constructor({ plugins, log = silentLogger, timeoutMs = {} }: KernelOptions) {
    this.#entries = plugins
    this.#log = log
    this.#limits = { setup: 10_000, start: 60_000, command: 60_000, close: 10_000, ...timeoutMs }
    const fault = (error: WaqtorError) => this.#fault(error)
    const { start, close } = this.#limits
    this.hooks = {
      boot: createSeriesHook({ name: 'boot', onError: 'abort', timeoutMs: start, phase: 'boot' }),
      ready: createSeriesHook({ name: 'ready', onError: 'abort', timeoutMs: start, phase: 'ready' }),
      close: createSeriesHook({
        name: 'close',
        onError: 'skip',
        timeoutMs: close,
        phase: 'close',
        reverse: true,
        onFailure: fault,
      }),
      authorize: createBailHook({ name: 'authorize', onError: 'abort', timeoutMs: 5_000, onFailure: fault }),
    }
    this.#gate = new Gate(this.hooks.authorize)
    const eventTokens = new TokenRegistry<EventToken>('event')
    for (const event of [CommandCompleted, CommandFailed, PluginFault]) eventTokens.add('kernel', event)
    this.events = new Bus(eventTokens, fault)
    this.commands = new Commands({
      gate: this.#gate,
      timeoutMs: this.#limits.command,
      completed: (it) => this.#completed(it),
      observed: () => this.events.heard(CommandCompleted.id) || this.events.heard(CommandFailed.id),
    })
    const services = new Map<string, unknown>()
    this.#internals = {
      log,
      bus: this.events,
      commands: this.commands,
      eventTokens,
      services,
      view: this,
      fault,
      fixFor,
    }
  }

  async authorize(subject: Guarded, call: Partial<Call>, instance: string | null): Promise<Denial | undefined> {
    const whole: Call = {
      id: call.id ?? newId('call'),
      via: call.via ?? 'internal',
      principal: call.principal ?? null,
      signal: call.signal ?? new AbortController().signal,
    }
    return this.#gate.decide(subject, whole, instance)
  }

  refusal(subject: Guarded, principal: Principal | null): Denial | undefined {
    return this.#gate.refusal(subject, principal)
  }

  inspect(): Inspection {
    const { services } = this.#internals
    return {
      plugins: this.#runtimes.map(({ plugin, state, setupMs, effects, error }) => ({
        name: plugin.name,
        state,
        setupMs,
        effects,
        needs: plugin.needs,
        provides: (plugin.entry.spec.provides ?? []).map((it) => it.id),
        ...(error && { error }),
      })),
      services: [...services.keys()].sort(),
      commands: this.commands.list().map((it) => it.id),
      events: this.events.list().map((it) => it.id),
      listeners: this.events.counts(),
      taps: Object.fromEntries(Object.values(this.hooks).map((it) => [it.name, it.owners])),
    }
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state !== 'new') throw new WaqtorError('WAQ_CLOSED', 'a kernel starts once', { phase: 'setup' })
      const { order } = check(resolve(this.#entries))
      try {
        await this.#bringUp(order)
      } catch (error) {
        await this.#takeDown(this.#runtimes)
        throw error
      }
      this.#state = 'running'
    })
  }

  reload(entries: readonly PluginEntry[]): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      if (this.#state !== 'running')
        throw new WaqtorError('WAQ_CLOSED', 'only a running kernel can be reloaded', { phase: 'setup' })
      const next = check(resolve(entries)).order
      const current = this.#runtimes.map((it) => it.plugin)
      const changed = changes(current, next)
      const stopped = dependents(current, changed)
      // What stands on a changed plugin in either set: an optional service may have come or gone.
      const affected = new Set([...stopped, ...dependents(next, changed)])
      if (affected.size === 0) return []

      const resume = this.commands.suspend(affected)
      try {
        await this.#takeDown(this.#runtimes.filter((it) => affected.has(it.name)))
        try {
          await this.#bringUp(next.filter((it) => affected.has(it.name)))
        } catch (error) {
          this.#log.error('the new set did not come up; going back to the old one', { problem: messageOf(error) })
          await this.#takeDown(this.#runtimes.filter((it) => affected.has(it.name)))
          await this.#bringUp(current.filter((it) => affected.has(it.name)))
          this.#arrange(current)
          throw error
        }
        this.#arrange(next)
        this.#entries = entries
        return [...affected]
      } finally {
        resume()
      }
    })
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state === 'closed') return
      this.#state = 'closed'
      await this.#takeDown(this.#runtimes)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }

  /** Sets the plugins up in order, then runs their boot and ready taps. Collects every failure before it throws. */
  async #bringUp(plugins: readonly ResolvedPlugin[]): Promise<void> {
    const problems: Problem[] = []
    const broken = new Set<string>()
    for (const plugin of plugins) {
      const runtime = new Runtime(plugin, this.#internals)
      this.#runtimes.push(runtime)
      if (plugin.needs.some((it) => broken.has(it))) {
        runtime.state = 'skipped'
        broken.add(plugin.name)
        continue
      }
      const problem = await runtime.setUp(this.#limits.setup)
      if (problem) {
        problems.push(problem)
        broken.add(plugin.name)
      }
    }
    if (problems.length > 0) throw new StartupError(problems, 'setup')

    const names = new Set(plugins.map((it) => it.name))
    for (const hook of [this.hooks.boot, this.hooks.ready]) {
      try {
        await hook.callFor(names, this)
      } catch (cause) {
        throw new StartupError([hookProblem(cause, hook.name as Phase)], hook.name as Phase)
      }
    }
  }

  async #takeDown(runtimes: readonly Runtime[]): Promise<void> {
    await this.hooks.close.callFor(new Set(runtimes.map((it) => it.name)), this)
    for (const runtime of runtimes.toReversed()) {
      await runtime.close(this.#limits.close)
    }
    const gone = new Set(runtimes)
    this.#runtimes = this.#runtimes.filter((it) => !gone.has(it))
  }

  #arrange(order: readonly ResolvedPlugin[]): void {
    const place = new Map(order.map((it, index) => [it.name, index]))
    this.#runtimes.sort((a, b) => place.get(a.name)! - place.get(b.name)!)
  }

  #completed({ command, instance, call, durationMs, error }: Completion): void {
    const data = { callId: call.id, command, via: call.via, principal: call.principal?.id ?? null, durationMs }
    if (error)
      this.events.emit('kernel', CommandFailed, { ...data, code: error.code, message: error.message }, instance)
    else this.events.emit('kernel', CommandCompleted, data, instance)
  }

  #fault(error: WaqtorError): void {
    this.#log.error(error.message, { plugin: error.plugin, phase: error.phase, code: error.code, cause: error.cause })
    // A listener of this very event that fails must not call itself for ever.
    if (error.phase === 'event' && error.message.includes(`'${PluginFault.id}'`)) return
    this.events.emit(
      'kernel',
      PluginFault,
      { plugin: error.plugin, phase: error.phase, code: error.code, message: error.message },
      null,
    )
  }
}

function check(assembly: Assembly): Assembly {
  if (assembly.problems.length > 0) throw new StartupError(assembly.problems, 'resolve')
  return assembly
}

/** Names that came, went, or have another definition or other options. */
function changes(current: readonly ResolvedPlugin[], next: readonly ResolvedPlugin[]): Set<string> {
  const before = new Map(current.map((it) => [it.name, it]))
  const after = new Map(next.map((it) => [it.name, it]))
  const names = new Set([...before.keys(), ...after.keys()])
  return new Set([...names].filter((it) => !same(before.get(it), after.get(it))))
}

function same(a: ResolvedPlugin | undefined, b: ResolvedPlugin | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.entry.spec === b.entry.spec &&
    isDeepStrictEqual(a.config, b.config) &&
    isDeepStrictEqual(a.needs, b.needs)
  )
}

function hookProblem(cause: unknown, phase: Phase): Problem {
  const error = isWaqtorError(cause) ? cause : new WaqtorError('WAQ_BOOT_FAILED', messageOf(cause), { phase, cause })
  return {
    code: error.code,
    plugin: error.plugin ?? 'kernel',
    message: error.message,
    fix: fixFor(error.code),
    cause: error.cause ?? error,
  }
}

function fixFor(code: string): string {
  return kernelErrorCodes[code as KernelErrorCode]?.fix ?? 'See the message.'
}
