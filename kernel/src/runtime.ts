import type { Commands } from './commands.ts'
import { inTime } from './deadline.ts'
import { blame, failure, type Problem, problem, WaqtorError } from './errors.ts'
import type { Bus } from './events.ts'
import type { Kernel } from './kernel.ts'
import type { Logger } from './logger.ts'
import type { Awaitable, PluginContext } from './plugin.ts'
import type { ResolvedPlugin } from './resolve.ts'

/** One kernel, as its running plugins reach it. */
export interface Surroundings {
  readonly kernel: Kernel
  readonly log: Logger
  readonly events: Bus
  readonly commands: Commands
  /** Live services by the id of their token. */
  readonly services: Map<string, unknown>
  readonly limits: { readonly setup: number; readonly close: number }
  /** Logs a plugin's fault and tells the bus. */
  readonly fault: (error: WaqtorError) => void
}

export type Runtime = ReturnType<typeof createRuntime>
export type PluginReport = ReturnType<Runtime['report']>
type Undo = () => Awaitable<unknown>

/** Makes a plugin ready to run: its context, and everything that it registers with it. */
export function createRuntime(plugin: ResolvedPlugin, surroundings: Surroundings) {
  const { kernel, log: parentLog, events, commands, services, limits, fault } = surroundings
  const { name, needs, entry } = plugin
  const { spec } = entry
  const provides = spec.provides?.map((it) => it.id) ?? []
  const controller = new AbortController()
  const { signal } = controller
  const log = parentLog.child({ plugin: name })
  const notProvided = (message: string) =>
    new WaqtorError('WAQ_SERVICE_NOT_PROVIDED', message, { plugin: name, phase: 'setup' })
  const undos: Undo[] = []
  let state: 'pending' | 'active' | 'closed' = 'pending'
  let setupMs = 0

  const run = async (undo: Undo): Promise<void> => {
    try {
      await inTime(undo(), limits.close, 'an undo', name, 'close')
    } catch (thrown) {
      fault(failure(thrown, 'WAQ_CLOSE_FAILED', `plugin '${name}' failed while closing`, name, 'close'))
    }
  }
  /** A plugin that is closing registers nothing more, nor does a setup that goes on after its time limit. */
  const own = (register: () => Undo): void => {
    signal.throwIfAborted()
    undos.push(register())
  }
  const context = (): PluginContext => {
    const wanted = Object.entries({ ...spec.optional, ...spec.requires }).filter(([, { id }]) => services.has(id))
    return {
      name,
      config: plugin.config as never,
      services: Object.fromEntries(wanted.map(([key, { id }]) => [key, services.get(id)])),
      log,
      signal,
      kernel,
      provide({ id }, value) {
        if (!provides.includes(id)) throw notProvided(`setup provides '${id}', and 'provides' does not name it`)
        own(() => {
          services.set(id, value)
          return () => services.delete(id)
        })
      },
      handle: (token, handler) => own(() => commands.handle({ token, owner: name, handler, signal })),
      on(event, listener) {
        own(() => events.declare(name, event))
        own(() => events.on(name, event.id, listener))
      },
      emit(event, data, instance = null) {
        if (state !== 'closed') events.emit(name, event, data, instance)
        else log.warn(`event '${event.id}' was dropped: the plugin is closed`)
      },
      tap: (hook, fn, order) => own(() => hook.tap(name, fn, order)),
      onClose(dispose) {
        // What was opened too late is given back at once.
        if (signal.aborted) void run(dispose)
        own(() => dispose)
      },
    }
  }
  /** Undoes every registration, last in first out; what fails is logged and the rest goes on. */
  const close = async (): Promise<void> => {
    controller.abort(new WaqtorError('WAQ_CLOSED', `plugin '${name}' is closing`, { plugin: name, phase: 'close' }))
    for (let undo = undos.pop(); undo; undo = undos.pop()) await run(undo)
    state = 'closed'
  }

  return {
    plugin,
    close,
    /** `effects` are the registrations that are alive. */
    report: () => ({ name, state, setupMs, effects: undos.length, needs, provides }),
    /** Runs `setup`. Answers what went wrong, having undone everything. */
    async setUp(): Promise<Problem | undefined> {
      const started = performance.now()
      try {
        for (const event of spec.events ?? []) own(() => events.declare(name, event))
        await inTime(spec.setup(context()), limits.setup, 'setup', name, 'setup')
        const forgotten = provides.find((it) => !services.has(it))
        if (forgotten) throw notProvided(`'provides' names '${forgotten}', and setup did not provide it`)
        state = 'active'
        return undefined
      } catch (thrown) {
        await close()
        const { code, message, cause } = blame(thrown, 'WAQ_SETUP_FAILED', 'setup failed', name, 'setup')
        return problem(code, name, message, cause ?? thrown)
      } finally {
        setupMs = performance.now() - started
      }
    },
  }
}
