import type { z } from 'zod'
import type { Call, Principal } from './call.ts'
import { withDeadline } from './deadline.ts'
import { isWaqtorError, messageOf, WaqtorError } from './errors.ts'
import { type Gate, instanceOf } from './gate.ts'
import { newId } from './ids.ts'
import type { Awaitable } from './plugin.ts'
import { TokenRegistry } from './registry.ts'
import type { CommandToken, Schema } from './tokens.ts'

export type Handler = (input: never, call: Call) => Awaitable<unknown>

/** What the kernel shows of its commands. */
export interface CommandRegistry {
  /** Sorted by id; with a principal, only what it may call. */
  list(principal?: Principal): readonly CommandToken[]
  get(id: string): CommandToken | undefined
  /** Grows with every change of the list. */
  readonly version: number
  /**
   * Runs a command through the one pipeline: permission, input, instance and `authorize`, handler under its deadline, output.
   * Without a principal only public commands run; the system itself passes `principal: systemPrincipal`.
   * @throws WaqtorError with a status that says whose fault it is.
   */
  execute<I extends Schema, O extends Schema>(
    command: CommandToken<I, O>,
    input: z.input<I>,
    call?: Partial<Call>,
  ): Promise<z.output<O>>
  execute(id: string, input: unknown, call?: Partial<Call>): Promise<unknown>
}

/** How a call ended, for the log and for metrics. */
export interface Completion {
  readonly command: string
  readonly instance: string | null
  readonly call: Call
  readonly durationMs: number
  readonly error?: WaqtorError
}

interface Registered {
  readonly token: CommandToken
  readonly owner: string
  readonly handler: Handler
  /** Of the plugin that handles it. */
  readonly signal: AbortSignal
}

export interface CommandsOptions {
  readonly gate: Gate
  readonly timeoutMs: number
  readonly completed: (completion: Completion) => void
  /** False when nobody wants to hear of completions, which then cost nothing. */
  readonly observed: () => boolean
}

export class Commands implements CommandRegistry {
  readonly tokens = new TokenRegistry<CommandToken>('command')
  readonly #options: CommandsOptions
  readonly #handlers = new Map<string, Registered>()
  /** Commands of plugins that are being restarted right now. */
  readonly #reloading = new Set<string>()

  constructor(options: CommandsOptions) {
    this.#options = options
  }

  get version(): number {
    return this.tokens.version
  }

  list(principal?: Principal): readonly CommandToken[] {
    const { gate } = this.#options
    return principal ? this.tokens.list().filter((it) => gate.permits(it, principal)) : this.tokens.list()
  }

  get(id: string): CommandToken | undefined {
    return this.tokens.get(id)
  }

  handle(owner: string, token: CommandToken, handler: Handler, signal: AbortSignal): () => void {
    const taken = this.#handlers.get(token.id)
    if (taken) {
      throw new WaqtorError(
        'WAQ_COMMAND_DUPLICATE',
        `command '${token.id}' is already handled by plugin '${taken.owner}'`,
        { plugin: owner, phase: 'setup' },
      )
    }
    const forget = this.tokens.add(owner, token)
    this.#handlers.set(token.id, { token, owner, handler, signal })
    return () => {
      this.#handlers.delete(token.id)
      forget()
    }
  }

  /** Marks what the owners handle as coming back soon; the undo ends that. */
  suspend(owners: ReadonlySet<string>): () => void {
    const ids = [...this.#handlers.values()].filter((it) => owners.has(it.owner)).map((it) => it.token.id)
    for (const id of ids) this.#reloading.add(id)
    return () => {
      for (const id of ids) this.#reloading.delete(id)
    }
  }

  async execute(command: CommandToken | string, input: unknown, partial: Partial<Call> = {}): Promise<never> {
    const id = typeof command === 'string' ? command : command.id
    const registered = this.#handlers.get(id)
    if (!registered) throw this.#missing(id)
    const call = new RunningCall(partial, registered.signal)
    if (!this.#options.observed()) return (await this.#run(registered, input, call)) as never

    const started = performance.now()
    const completion = (error?: WaqtorError): Completion => ({
      command: id,
      instance: call.instance,
      call,
      durationMs: performance.now() - started,
      ...(error && { error }),
    })
    try {
      const output = await this.#run(registered, input, call)
      this.#options.completed(completion())
      return output as never
    } catch (error) {
      this.#options.completed(completion(error as WaqtorError))
      throw error
    }
  }

  async #run({ token, owner, handler }: Registered, input: unknown, call: RunningCall): Promise<unknown> {
    const { gate } = this.#options
    gate.demandPermission(token, call.principal)

    const parsed = token.input.safeParse(input)
    if (!parsed.success) throw inputInvalid(token, parsed.error)
    call.instance = instanceOf(token, parsed.data)
    const narrowed = gate.demandInstance(token, call, call.instance)
    if (narrowed) await narrowed

    const timeoutMs = token.timeoutMs ?? this.#options.timeoutMs
    let result: unknown
    try {
      result = await withDeadline(handler(parsed.data as never, call), timeoutMs, () => {
        return new WaqtorError('WAQ_TIMEOUT', `command '${token.id}' took more than ${timeoutMs} ms`, { plugin: owner })
      })
    } catch (cause) {
      call.abort(cause)
      throw isWaqtorError(cause)
        ? cause
        : new WaqtorError('WAQ_COMMAND_FAILED', `command '${token.id}' failed: ${messageOf(cause)}`, {
            plugin: owner,
            cause,
          })
    }
    const output = token.output.safeParse(result)
    if (!output.success) {
      throw new WaqtorError('WAQ_OUTPUT_INVALID', `command '${token.id}' answered something its schema refuses`, {
        plugin: owner,
        cause: output.error,
      })
    }
    return output.data
  }

  #missing(id: string): WaqtorError {
    if (this.#reloading.has(id))
      return new WaqtorError('WAQ_RELOADING', `command '${id}' is being reloaded`, { retryAfter: 1 })
    return new WaqtorError('WAQ_COMMAND_UNKNOWN', `there is no command '${id}'`)
  }
}

// Most handlers never look at the signal, and an AbortController costs more than the rest of the pipeline: it is made on demand.
class RunningCall implements Call {
  readonly id: string
  readonly via: string
  readonly principal: Principal | null
  readonly idempotencyKey?: string
  instance: string | null = null
  readonly #caller: AbortSignal | undefined
  readonly #plugin: AbortSignal
  #controller: AbortController | undefined
  #signal: AbortSignal | undefined

  constructor(partial: Partial<Call>, plugin: AbortSignal) {
    this.id = partial.id ?? newId('call')
    this.via = partial.via ?? 'internal'
    this.principal = partial.principal ?? null
    if (partial.idempotencyKey !== undefined) this.idempotencyKey = partial.idempotencyKey
    this.#caller = partial.signal
    this.#plugin = plugin
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    this.#signal ??= AbortSignal.any([this.#controller.signal, this.#plugin, ...(this.#caller ? [this.#caller] : [])])
    return this.#signal
  }

  abort(reason: unknown): void {
    this.#controller?.abort(reason)
  }
}

function inputInvalid(token: CommandToken, error: z.ZodError): WaqtorError {
  const errors = error.issues.map((it) => ({ path: it.path.map(String).join('.'), message: it.message }))
  const first = errors[0]
  const where = first?.path ? ` at '${first.path}'` : ''
  return new WaqtorError('WAQ_INPUT_INVALID', `the input of '${token.id}' is wrong${where}: ${first?.message}`, {
    details: { errors },
  })
}
