import { type Call, type Denial, RunningCall } from './call.ts'
import { type CommandRegistry, createCommands } from './commands.ts'
import { type Problem, problem, StartupError, WaqtorError } from './errors.ts'
import { createBus, type EventBus } from './events.ts'
import { type AuthorizeHook, createGate } from './gate.ts'
import { createBailHook, createSeriesHook, type SeriesHook } from './hooks.ts'
import { CommandCompleted, CommandFailed, PluginFault } from './kernel-events.ts'
import { type Logger, silentLogger } from './logger.ts'
import type { Contribution, PluginEntry } from './plugin.ts'
import { affected, type ResolvedPlugin, resolve } from './resolve.ts'
import { createRuntime, type Runtime } from './runtime.ts'
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

/** A kernel and the means to run it. */
export type Kernel = ReturnType<typeof createKernel>
/** The kernel as plugins see it: it can be looked at and called, not stopped. */
export type KernelView = Omit<Kernel, 'start' | 'reload' | 'close' | typeof Symbol.asyncDispose>
/** Everything that is registered right now. */
export type Inspection = ReturnType<Kernel['inspect']>

export interface KernelOptions {
  readonly plugins: readonly PluginEntry[]
  readonly log?: Logger
  /** Milliseconds: setup 10,000 · start (each boot and ready tap) 60,000 · command and listener 60,000 · close 10,000 */
  readonly timeoutMs?: Partial<typeof defaultLimits>
}

const defaultLimits = { setup: 10_000, start: 60_000, command: 60_000, listener: 60_000, close: 10_000 }

/**
 * Makes a kernel; `start()` brings its plugins up.
 * @example
 * await using kernel = createKernel({ plugins: [greeter()] })
 * await kernel.start()
 * await kernel.commands.execute(greet, { to: 'Mona' }, { principal: systemPrincipal })
 */
export function createKernel({ plugins, log = silentLogger, timeoutMs }: KernelOptions) {
  const limits = { ...defaultLimits, ...timeoutMs }
  let faults = { second: 0, count: 0 }
  /** Logs what a plugin did wrong and tells the bus. `about` is the event that it was handling, if any. */
  const fault = ({ message, plugin, phase, code, cause }: WaqtorError, about?: string): void => {
    log.error(message, { plugin, phase, code, cause })
    // Who hears of a fault may fail because of it. Past a hundred a second faults are only logged, so no circle lives on.
    const second = Math.floor(performance.now() / 1000)
    faults = { second, count: second === faults.second ? faults.count + 1 : 1 }
    if (about === PluginFault.id || faults.count > 100) return
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
  const events = createBus(limits.listener, fault)
  for (const event of [CommandCompleted, CommandFailed, PluginFault]) events.declare('kernel', event)
  const commands = createCommands(gate, events, limits.command)
  const services = new Map<string, unknown>()
  /** In order of start. */
  let runtimes: readonly Runtime[] = []
  let state: 'new' | 'running' | 'closed' = 'new'
  /** Start, reload and close take turns. */
  let turn: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(expected: typeof state | undefined, work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(() => {
      if (!expected || expected === state) return work()
      throw new WaqtorError('WAQ_CLOSED', `the kernel is ${state}, not ${expected}`, { phase: 'setup' })
    })
    turn = mine.catch(() => {})
    return mine
  }

  const takeDown = async (names: ReadonlySet<string>): Promise<void> => {
    await hooks.close.callFor(names, kernel)
    for (const runtime of runtimes.toReversed()) if (names.has(runtime.plugin.name)) await runtime.close()
    runtimes = runtimes.filter((it) => !names.has(it.plugin.name))
  }

  /** Sets plugins up in order, save those that stand on a broken one. Collects every failure before it throws. */
  const setUp = async (order: readonly ResolvedPlugin[]): Promise<void> => {
    const problems: Problem[] = []
    const broken = new Set<string>()
    for (const plugin of order) {
      const runtime = createRuntime(plugin, { kernel, log, events, commands, services, limits, fault })
      runtimes = [...runtimes, runtime]
      const skipped = plugin.needs.some((it) => broken.has(it))
      const problem = skipped ? undefined : await runtime.setUp()
      if (problem) problems.push(problem)
      if (problem || skipped) broken.add(plugin.name)
    }
    if (problems.length > 0) throw new StartupError(problems, 'setup')
  }

  /** Sets up those of `set` that are `coming`, then runs their boot and ready taps; leaves none of them where one fails. */
  const bringUp = async (set: readonly ResolvedPlugin[], coming = namesOf(set)): Promise<void> => {
    try {
      await setUp(set.filter((it) => coming.has(it.name)))
      for (const phase of ['boot', 'ready'] as const) {
        await hooks[phase].callFor(coming, kernel).catch(({ code, plugin, message, cause }: WaqtorError) => {
          throw new StartupError([problem(code, plugin ?? 'kernel', message, cause)], phase)
        })
      }
    } catch (error) {
      await takeDown(coming)
      throw error
    }
    runtimes = set.flatMap(({ name }) => runtimes.filter((it) => it.plugin.name === name))
    // Every check that narrows is back.
    gate.shut = false
  }

  /** The new set did not come up: the old one does again or, where even that fails, the others run on alone. */
  const goBack = async (old: readonly ResolvedPlugin[], names: Set<string>, error: StartupError): Promise<never> => {
    log.error('the new set did not come up; going back to the old one', { problem: error.message })
    await bringUp(old, names).catch((again: StartupError) => {
      throw new StartupError([...error.problems, ...again.problems], error.phase)
    })
    throw error
  }

  const close = (): Promise<void> =>
    inTurn(undefined, async () => {
      state = 'closed'
      await takeDown(namesOf(runtimes.map((it) => it.plugin)))
    })

  const kernel = {
    hooks,
    commands: commands as CommandRegistry,
    events: events as EventBus,
    /** What the plugins that run contribute of this kind, in the order of their start. */
    contributions: (kind: string): readonly Contribution[] =>
      runtimes.flatMap(({ plugin }) => plugin.entry.spec.contributes ?? []).filter((it) => it.kind === kind),
    /** The gate's first half alone, for a door that must refuse before it reads the input. */
    refusal: gate.refusal,
    /** The gate, for anything that is not a command: a socket subscription, a stream, an export, a page's chunk. */
    async authorize(subject: Guarded, caller: Partial<Call>, instance: string | null): Promise<Denial | undefined> {
      const call = new RunningCall(caller)
      return gate.refusal(subject, call.principal) ?? gate.narrowing(subject, call, instance, undefined)
    },
    inspect: () => ({
      plugins: runtimes.map((it) => it.report()),
      services: [...services.keys()].sort(),
      commands: commands.list().map((it) => it.id),
      events: events.list().map((it) => it.id),
      /** Listeners by event. */
      listeners: events.counts() as Readonly<Record<string, number>>,
      /** Owners of taps by hook of the kernel. */
      taps: Object.fromEntries(Object.values(hooks).map((it): [string, readonly string[]] => [it.name, it.owners])),
    }),
    /** @throws StartupError with every problem; nothing is left running. */
    start: (): Promise<void> =>
      inTurn('new', async () => {
        await bringUp(resolved(plugins))
        state = 'running'
      }),
    /**
     * Takes over a changed set: restarts what changed and what depends on it, and nothing else. Answers the names.
     * @throws StartupError when the new set has problems or does not come up; the old one runs on.
     */
    reload: (entries: readonly PluginEntry[]): Promise<readonly string[]> =>
      inTurn('running', async () => {
        const next = resolved(entries)
        const current = runtimes.map((it) => it.plugin)
        const names = affected(current, next)
        commands.suspend(names)
        gate.shut ||= hooks.authorize.owners.some((it) => names.has(it))
        try {
          await takeDown(names)
          await bringUp(next, names).catch((error) => goBack(current, names, error))
        } finally {
          commands.suspend(new Set())
        }
        return [...names]
      }),
    close,
    [Symbol.asyncDispose]: close,
  }
  return kernel
}

const namesOf = (those: readonly ResolvedPlugin[]) => new Set(those.map((it) => it.name))

/** The order to start in. @throws StartupError when something is in the way */
function resolved(entries: readonly PluginEntry[]): readonly ResolvedPlugin[] {
  const { order, problems } = resolve(entries)
  if (problems.length > 0) throw new StartupError(problems, 'resolve')
  return order
}
