import { isDeepStrictEqual } from 'node:util'
import { type Call, type Denial, type Principal, toCall } from './call.ts'
import { type CommandRegistry, createCommands } from './commands.ts'
import { blame, isWaqtorError, messageOf, type Problem, StartupError, toProblem, WaqtorError } from './errors.ts'
import { createBus, type EventBus } from './events.ts'
import { type AuthorizeHook, createGate } from './gate.ts'
import { createBailHook, createSeriesHook, type SeriesHook } from './hooks.ts'
import { CommandCompleted, CommandFailed, PluginFault } from './kernel-events.ts'
import { type Logger, silentLogger } from './logger.ts'
import type { PluginEntry } from './plugin.ts'
import { type Assembly, dependents, type ResolvedPlugin, resolve } from './resolve.ts'
import { createRuntime, type PluginReport, type Runtime } from './runtime.ts'
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
export function createKernel({ plugins, log = silentLogger, timeoutMs = {} }: KernelOptions): Kernel {
  const limits = { setup: 10_000, start: 60_000, command: 60_000, close: 10_000, ...timeoutMs }
  const fault = ({ plugin, phase, code, message, cause }: WaqtorError) => {
    log.error(message, { plugin, phase, code, cause })
    // A listener of this very event that fails must not call itself for ever.
    if (phase === 'event' && message.includes(`'${PluginFault.id}'`)) return
    events.emit('kernel', PluginFault, { plugin, phase, code, message }, null)
  }
  const starting = { onError: 'abort', timeoutMs: limits.start } as const
  const closing = { onError: 'skip', timeoutMs: limits.close, reverse: true, onFailure: fault } as const
  const hooks: KernelHooks = {
    boot: createSeriesHook({ name: 'boot', phase: 'boot', ...starting }),
    ready: createSeriesHook({ name: 'ready', phase: 'ready', ...starting }),
    close: createSeriesHook({ name: 'close', phase: 'close', ...closing }),
    authorize: createBailHook({ name: 'authorize', onError: 'abort', onFailure: fault }),
  }
  const gate = createGate(hooks.authorize)
  const events = createBus(fault)
  for (const event of [CommandCompleted, CommandFailed, PluginFault]) events.tokens.add('kernel', event)
  const commands = createCommands(gate, events, limits.command)
  const services = new Map<string, unknown>()
  /** In order of start. */
  let runtimes: readonly Runtime[] = []
  let state: 'new' | 'running' | 'closed' = 'new'
  /** Start, reload and close take turns. */
  let turn: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }

  /** Sets the plugins up in order, then runs their boot and ready taps. Collects every failure before it throws. */
  const bringUp = async (order: readonly ResolvedPlugin[]): Promise<void> => {
    const problems: Problem[] = []
    const broken = new Set<string>()
    for (const plugin of order) {
      const runtime = createRuntime(plugin, { log, bus: events, commands, services, view: kernel, fault })
      runtimes = [...runtimes, runtime]
      const skip = plugin.needs.some((it) => broken.has(it))
      if (skip) runtime.skip()
      const problem = skip ? undefined : await runtime.setUp(limits.setup)
      if (problem) problems.push(problem)
      if (skip || problem) broken.add(plugin.name)
    }
    if (problems.length > 0) throw new StartupError(problems, 'setup')
    const names = new Set(order.map((it) => it.name))
    for (const phase of ['boot', 'ready'] as const) {
      await hooks[phase].callFor(names, kernel).catch((cause) => {
        const error = isWaqtorError(cause) ? cause : blame(null, phase)('WAQ_BOOT_FAILED', messageOf(cause), cause)
        throw new StartupError([toProblem(error, error.plugin ?? 'kernel')], phase)
      })
    }
  }

  const takeDown = async (leaving: readonly Runtime[]): Promise<void> => {
    await hooks.close.callFor(new Set(leaving.map((it) => it.name)), kernel)
    for (const runtime of leaving.toReversed()) await runtime.close(limits.close)
    runtimes = runtimes.filter((it) => !leaving.includes(it))
  }

  /** Takes the affected plugins down and brings up those that `order` has in their place. */
  const exchange = async (affected: ReadonlySet<string>, order: readonly ResolvedPlugin[]): Promise<void> => {
    await takeDown(runtimes.filter((it) => affected.has(it.name)))
    await bringUp(order.filter((it) => affected.has(it.name)))
    const place = new Map(order.map((it, index) => [it.name, index]))
    runtimes = runtimes.toSorted((a, b) => place.get(a.name)! - place.get(b.name)!)
  }

  const kernel: Kernel = {
    hooks,
    commands,
    events,
    refusal: gate.refusal,
    async authorize(subject, given, instance) {
      const call = toCall(given)
      return gate.refusal(subject, call.principal) ?? gate.narrowed(subject, call, instance)
    },
    inspect: () => ({
      plugins: runtimes.map((it) => it.report()),
      services: [...services.keys()].sort(),
      commands: commands.list().map((it) => it.id),
      events: events.list().map((it) => it.id),
      listeners: events.counts(),
      taps: Object.fromEntries(Object.values(hooks).map((it) => [it.name, it.owners])),
    }),
    start: () =>
      inTurn(async () => {
        if (state !== 'new') throw new WaqtorError('WAQ_CLOSED', 'a kernel starts once')
        await bringUp(check(resolve(plugins)).order).catch(async (error) => {
          await takeDown(runtimes)
          throw error
        })
        state = 'running'
      }),
    reload: (entries) =>
      inTurn(async () => {
        if (state !== 'running') throw new WaqtorError('WAQ_CLOSED', 'only a running kernel can be reloaded')
        const next = check(resolve(entries)).order
        const current = runtimes.map((it) => it.plugin)
        const changed = changes(current, next)
        // What stands on a changed plugin in either set: an optional service may have come or gone.
        const affected = new Set([...dependents(current, changed), ...dependents(next, changed)])
        const resume = commands.suspend(affected)
        try {
          await exchange(affected, next).catch(async (error) => {
            log.error('the new set did not come up; back to the old one', { problem: messageOf(error) })
            await exchange(affected, current)
            throw error
          })
        } finally {
          resume()
        }
        return [...affected]
      }),
    close: () =>
      inTurn(async () => {
        state = 'closed'
        await takeDown(runtimes)
      }),
    [Symbol.asyncDispose]: () => kernel.close(),
  }
  return kernel
}

function check(assembly: Assembly): Assembly {
  if (assembly.problems.length > 0) throw new StartupError(assembly.problems, 'resolve')
  return assembly
}

/** Names that came, went, or have another definition or other options. */
function changes(current: readonly ResolvedPlugin[], next: readonly ResolvedPlugin[]): Set<string> {
  const essence = (it: ResolvedPlugin) => [it.config, it.needs]
  const before = new Map(current.map((it) => [it.name, it]))
  const after = new Map(next.map((it) => [it.name, it]))
  const same = (name: string) => {
    const [a, b] = [before.get(name), after.get(name)]
    return a && b && a.entry.spec === b.entry.spec && isDeepStrictEqual(essence(a), essence(b))
  }
  return new Set([...before.keys(), ...after.keys()].filter((it) => !same(it)))
}
