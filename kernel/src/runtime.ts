import type { Commands } from './commands.ts'
import type { PluginContext } from './context.ts'
import { withDeadline } from './deadline.ts'
import { blame, isWaqtorError, messageOf, type Problem, toProblem, type WaqtorError } from './errors.ts'
import type { Bus } from './events.ts'
import type { KernelView } from './kernel.ts'
import type { Logger } from './logger.ts'
import type { Awaitable } from './plugin.ts'
import type { ResolvedPlugin } from './resolve.ts'

export type PluginState = 'pending' | 'active' | 'failed' | 'skipped' | 'closed'

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

/** The registries of one kernel, as its running plugins reach them. */
export interface Internals {
  readonly log: Logger
  readonly bus: Bus
  readonly commands: Commands
  /** Live services by token id. */
  readonly services: Map<string, unknown>
  readonly view: KernelView
  /** Logs a plugin's fault and tells the bus. */
  readonly fault: (error: WaqtorError) => void
}

export type Runtime = ReturnType<typeof createRuntime>

/** One running plugin: its context and everything it has registered. */
export function createRuntime(plugin: ResolvedPlugin, { log, bus, commands, services, view, fault }: Internals) {
  const { name, entry, config, needs } = plugin
  const { spec } = entry
  const provides = (spec.provides ?? []).map((it) => it.id)
  const controller = new AbortController()
  const { signal } = controller
  const undos: (() => Awaitable<unknown>)[] = []
  const provided = new Set<string>()
  let state: PluginState = 'pending'
  let setupMs = 0
  let error: WaqtorError | undefined

  /** Undoes every registration, last in first out; what fails is logged and the rest goes on. */
  const close = async (timeoutMs: number): Promise<void> => {
    const guilty = blame(name, 'close')
    const late = () => guilty('WAQ_TIMEOUT', `plugin '${name}' took more than ${timeoutMs} ms to close`)
    controller.abort(guilty('WAQ_CLOSED', `plugin '${name}' is closing`))
    for (let undo = undos.pop(); undo; undo = undos.pop()) {
      try {
        await withDeadline(undo(), timeoutMs, late)
      } catch (cause) {
        fault(guilty('WAQ_CLOSE_FAILED', `plugin '${name}' failed while closing: ${messageOf(cause)}`, cause))
      }
    }
    state = 'closed'
  }
  /** Keeps an undo; one that comes after the close, from a setup that was given up, runs at once. */
  const owned = (undo: () => Awaitable<unknown>): void => {
    undos.push(undo)
    if (signal.aborted) void close(0)
  }
  const context = (): PluginContext => {
    const wanted = Object.entries({ ...spec.optional, ...spec.requires }).filter(([, { id }]) => services.has(id))
    return {
      name,
      config: config as never,
      services: Object.fromEntries(wanted.map(([key, { id }]) => [key, services.get(id)])),
      log: log.child({ plugin: name }),
      signal,
      kernel: view,
      provide({ id }, value) {
        if (!provides.includes(id))
          throw blame(name, 'setup')('WAQ_SERVICE_NOT_PROVIDED', `'provides' does not name '${id}'`)
        provided.add(id)
        services.set(id, value)
        owned(() => services.delete(id))
      },
      handle: (command, handler) => owned(commands.handle(name, command, handler as never, signal)),
      on(event, listener) {
        owned(bus.tokens.add(name, event))
        owned(bus.on(name, event, listener as never))
      },
      emit: (event, data, instance = null) => bus.emit(name, event, data, instance),
      tap: (hook, fn, order) => owned(hook.tap(name, fn as never, order)),
      onClose: owned,
    }
  }

  return {
    name,
    plugin,
    close,
    /** A plugin that this one stands on is broken: it is not started. */
    skip() {
      state = 'skipped'
    },
    report: (): PluginReport => ({
      name,
      state,
      setupMs,
      effects: undos.length,
      needs,
      provides,
      ...(error && { error }),
    }),
    /** Runs `setup`. Answers what went wrong, having undone everything, or nothing. */
    async setUp(timeoutMs: number): Promise<Problem | undefined> {
      const guilty = blame(name, 'setup')
      const late = () => guilty('WAQ_TIMEOUT', `setup took more than ${timeoutMs} ms`)
      const started = performance.now()
      try {
        for (const event of spec.events ?? []) owned(bus.tokens.add(name, event))
        await withDeadline(spec.setup(context()), timeoutMs, late)
        const forgotten = provides.find((it) => !provided.has(it))
        if (forgotten) throw guilty('WAQ_SERVICE_NOT_PROVIDED', `setup did not provide '${forgotten}'`)
        state = 'active'
        return undefined
      } catch (cause) {
        error = isWaqtorError(cause) ? cause : guilty('WAQ_SETUP_FAILED', `setup failed: ${messageOf(cause)}`, cause)
        await close(timeoutMs)
        state = 'failed'
        return toProblem(error, name)
      } finally {
        setupMs = performance.now() - started
      }
    },
  }
}
