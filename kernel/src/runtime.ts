import type { PluginContext } from './context.ts'
import { withDeadline } from './deadline.ts'
import { isWaqtorError, messageOf, type Problem, WaqtorError } from './errors.ts'
import type { Internals } from './internals.ts'
import type { Awaitable } from './plugin.ts'
import type { ResolvedPlugin } from './resolve.ts'

export type PluginState = 'pending' | 'active' | 'failed' | 'skipped' | 'closed'

/** One running plugin: its context and everything it has registered. */
export class Runtime {
  readonly plugin: ResolvedPlugin
  state: PluginState = 'pending'
  setupMs = 0
  error: WaqtorError | undefined
  readonly #internals: Internals
  readonly #controller = new AbortController()
  readonly #undos: (() => Awaitable<unknown>)[] = []
  readonly #provided = new Set<string>()

  constructor(plugin: ResolvedPlugin, internals: Internals) {
    this.plugin = plugin
    this.#internals = internals
  }

  get name(): string {
    return this.plugin.name
  }

  /** How many registrations are alive. */
  get effects(): number {
    return this.#undos.length
  }

  /** Runs `setup`. Answers what went wrong, having undone everything, or nothing. */
  async setUp(timeoutMs: number): Promise<Problem | undefined> {
    const { name, entry } = this.plugin
    const started = performance.now()
    try {
      for (const event of entry.spec.events ?? []) this.#owned(this.#internals.eventTokens.add(name, event))
      await withDeadline(entry.spec.setup(this.#context()), timeoutMs, () => {
        return new WaqtorError('WAQ_TIMEOUT', `setup took more than ${timeoutMs} ms`, { plugin: name, phase: 'setup' })
      })
      const forgotten = (entry.spec.provides ?? []).find((it) => !this.#provided.has(it.id))
      if (forgotten)
        throw new WaqtorError(
          'WAQ_SERVICE_NOT_PROVIDED',
          `'provides' names '${forgotten.id}', and setup did not provide it`,
          { plugin: name, phase: 'setup' },
        )
      this.state = 'active'
      return undefined
    } catch (cause) {
      const error = isWaqtorError(cause)
        ? cause
        : new WaqtorError('WAQ_SETUP_FAILED', `setup failed: ${messageOf(cause)}`, {
            plugin: name,
            phase: 'setup',
            cause,
          })
      await this.close(timeoutMs)
      this.state = 'failed'
      this.error = error
      return { code: error.code, plugin: name, message: error.message, fix: this.#internals.fixFor(error.code), cause }
    } finally {
      this.setupMs = performance.now() - started
    }
  }

  /** Undoes every registration, last in first out; what fails is logged and the rest goes on. */
  async close(timeoutMs: number): Promise<void> {
    this.#controller.abort(
      new WaqtorError('WAQ_CLOSED', `plugin '${this.name}' is closing`, { plugin: this.name, phase: 'close' }),
    )
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) {
      try {
        await withDeadline(
          undo(),
          timeoutMs,
          () =>
            new WaqtorError('WAQ_TIMEOUT', `plugin '${this.name}' took more than ${timeoutMs} ms to close`, {
              plugin: this.name,
              phase: 'close',
            }),
        )
      } catch (cause) {
        this.#internals.fault(
          new WaqtorError('WAQ_CLOSE_FAILED', `plugin '${this.name}' failed while closing: ${messageOf(cause)}`, {
            plugin: this.name,
            phase: 'close',
            cause,
          }),
        )
      }
    }
    this.state = 'closed'
  }

  #owned(undo: () => Awaitable<unknown>): void {
    this.#undos.push(undo)
  }

  #context(): PluginContext {
    const { name, entry, config } = this.plugin
    const { bus, commands, eventTokens, services, view, log } = this.#internals
    const { signal } = this.#controller
    const declared = new Set((entry.spec.provides ?? []).map((it) => it.id))
    const needs = Object.entries({ ...entry.spec.optional, ...entry.spec.requires })

    return {
      name,
      config: config as never,
      services: Object.fromEntries(
        needs.filter(([, token]) => services.has(token.id)).map(([key, token]) => [key, services.get(token.id)]),
      ) as never,
      log: log.child({ plugin: name }),
      signal,
      kernel: view,
      provide: (token, value) => {
        if (!declared.has(token.id))
          throw new WaqtorError(
            'WAQ_SERVICE_NOT_PROVIDED',
            `setup provides '${token.id}', and 'provides' does not name it`,
            { plugin: name, phase: 'setup' },
          )
        this.#provided.add(token.id)
        services.set(token.id, value)
        this.#owned(() => services.delete(token.id))
      },
      handle: (command, handler) => this.#owned(commands.handle(name, command, handler as never, signal)),
      on: (event, listener) => {
        this.#owned(eventTokens.add(name, event))
        this.#owned(bus.on(name, event, listener as never))
      },
      emit: (event, data, instance = null) => bus.emit(name, event, data, instance),
      tap: (hook, fn, order) => this.#owned(hook.tap(name, fn as never, order)),
      onClose: (dispose) => this.#owned(dispose),
    }
  }
}
