import { tooLate, withDeadline } from './deadline.ts'
import { blame, failure, type Problem, problem, WaqtorError } from './errors.ts'
import type { RunningKernel } from './kernel.ts'
import type { Awaitable, PluginContext } from './plugin.ts'
import type { ResolvedPlugin } from './resolve.ts'

type Undo = () => Awaitable<unknown>

/** One running plugin: its context and everything it has registered. */
export class Runtime {
  readonly plugin: ResolvedPlugin
  readonly name: string
  state: 'pending' | 'active' | 'failed' | 'skipped' | 'closed' = 'pending'
  setupMs = 0
  readonly #kernel: RunningKernel
  readonly #controller = new AbortController()
  readonly #undos: Undo[] = []

  constructor(plugin: ResolvedPlugin, kernel: RunningKernel) {
    this.plugin = plugin
    this.name = plugin.name
    this.#kernel = kernel
  }

  /** How many registrations are alive. */
  get effects(): number {
    return this.#undos.length
  }

  /** Runs `setup`. Answers what went wrong, having undone everything. */
  async setUp(): Promise<readonly Problem[]> {
    const { name } = this
    const { events = [], provides = [], setup } = this.plugin.entry.spec
    const { limits, services } = this.#kernel
    const started = performance.now()
    try {
      for (const event of events) this.#own(() => this.#kernel.events.declare(name, event))
      await withDeadline(setup(this.#context()), limits.setup, () => tooLate('setup', limits.setup, name, 'setup'))
      const forgotten = provides.find((it) => !services.has(it.id))
      if (forgotten) throw notProvided(name, `'provides' names '${forgotten.id}', and setup did not provide it`)
      this.state = 'active'
      return []
    } catch (thrown) {
      await this.close()
      this.state = 'failed'
      const { code, message, cause } = blame(thrown, 'WAQ_SETUP_FAILED', 'setup failed', name, 'setup')
      return [problem(code, name, message, cause ?? thrown)]
    } finally {
      this.setupMs = performance.now() - started
    }
  }

  /** Undoes every registration, last in first out; what fails is logged and the rest goes on. */
  async close(): Promise<void> {
    const plugin = this.name
    this.#controller.abort(new WaqtorError('WAQ_CLOSED', `plugin '${plugin}' is closing`, { plugin, phase: 'close' }))
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) await this.#undo(undo)
    this.state = 'closed'
  }

  async #undo(undo: Undo): Promise<void> {
    const { name } = this
    const limit = this.#kernel.limits.close
    try {
      await withDeadline(undo(), limit, () => tooLate('an undo', limit, name, 'close'))
    } catch (thrown) {
      this.#kernel.fault(failure(thrown, 'WAQ_CLOSE_FAILED', `plugin '${name}' failed while closing`, name, 'close'))
    }
  }

  /** A plugin that is closing registers nothing more, nor does a setup that goes on after its time limit. */
  #own(register: () => Undo): void {
    this.#controller.signal.throwIfAborted()
    this.#undos.push(register())
  }

  #context(): PluginContext {
    const { name, plugin } = this
    const { events, commands, services } = this.#kernel
    const { signal } = this.#controller
    const { provides = [], requires, optional } = plugin.entry.spec
    const needs = Object.entries({ ...optional, ...requires }).filter(([, token]) => services.has(token.id))
    const log = this.#kernel.log.child({ plugin: name })
    return {
      name,
      config: plugin.config as never,
      services: Object.fromEntries(needs.map(([key, token]) => [key, services.get(token.id)])) as never,
      log,
      signal,
      kernel: this.#kernel,
      provide: ({ id }, value) => {
        if (!provides.some((it) => it.id === id))
          throw notProvided(name, `setup provides '${id}', and 'provides' does not name it`)
        this.#own(() => {
          services.set(id, value)
          return () => services.delete(id)
        })
      },
      handle: (token, handler) => this.#own(() => commands.handle({ token, owner: name, handler, signal })),
      on: (event, listener) => {
        this.#own(() => events.declare(name, event))
        this.#own(() => events.on(name, event.id, listener))
      },
      emit: (event, data, instance = null) => {
        if (this.state === 'pending' || this.state === 'active') events.emit(name, event, data, instance)
        else log.warn(`event '${event.id}' was dropped: the plugin is closed`)
      },
      tap: (hook, fn, order) => this.#own(() => hook.tap(name, fn, order)),
      onClose: (dispose) => {
        // What was opened too late is given back at once.
        if (signal.aborted) void this.#undo(dispose)
        this.#own(() => dispose)
      },
    }
  }
}

function notProvided(plugin: string, message: string): WaqtorError {
  return new WaqtorError('WAQ_SERVICE_NOT_PROVIDED', message, { plugin, phase: 'setup' })
}
