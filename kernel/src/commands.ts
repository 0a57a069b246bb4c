import type { z } from 'zod'
import { type Call, type Principal, toCall } from './call.ts'
import { withDeadline } from './deadline.ts'
import { blame, isWaqtorError, messageOf, WaqtorError } from './errors.ts'
import type { Bus } from './events.ts'
import { denied, type Gate } from './gate.ts'
import { CommandCompleted, CommandFailed } from './kernel-events.ts'
import type { Awaitable } from './plugin.ts'
import { createTokenRegistry } from './registry.ts'
import type { CommandToken, EventToken, Schema } from './tokens.ts'

/**
 * Runs a command through the one pipeline: permission, input, instance and `authorize`, handler under its deadline,
 * output. Without a principal only public commands run; the system itself passes `principal: systemPrincipal`.
 * @throws WaqtorError with a status that says whose fault it is.
 */
export interface Execute {
  <I extends Schema, O extends Schema>(
    it: CommandToken<I, O>,
    input: z.input<I>,
    call?: Partial<Call>,
  ): Promise<z.output<O>>
  (id: string, input: unknown, call?: Partial<Call>): Promise<unknown>
}

/** What the kernel shows of its commands. */
export interface CommandRegistry {
  /** Grows with every change of the list. */
  readonly version: number
  readonly execute: Execute
  /** Sorted by id; with a principal, only what it may call. */
  list(principal?: Principal): readonly CommandToken[]
  get(id: string): CommandToken | undefined
}

export type Commands = ReturnType<typeof createCommands>
type Handler = (input: never, call: Call) => Awaitable<unknown>

interface Registered {
  readonly token: CommandToken
  readonly owner: string
  readonly handler: Handler
  /** Of the plugin that handles it. */
  readonly signal: AbortSignal
}

/** The registry of commands and the pipeline that each of them runs through. */
export function createCommands(gate: Gate, bus: Bus, defaultTimeoutMs: number) {
  const tokens = createTokenRegistry<CommandToken>('command')
  const handlers = new Map<string, Registered>()
  /** Commands of plugins that are being restarted right now. */
  const reloading = new Set<string>()

  const run = async ({ token, owner, handler }: Registered, input: unknown, call: Call, tell: (it: string) => void) => {
    const guilty = blame(owner, 'command')
    const refusal = gate.refusal(token, call.principal)
    if (refusal) throw denied(refusal)
    const parsed = token.input.safeParse(input)
    if (!parsed.success) throw inputInvalid(token, parsed.error)
    const instance = token.scope === 'instance' ? (parsed.data as { instance: string }).instance : null
    if (instance) tell(instance)
    const narrowed = gate.narrowed(token, call, instance)
    const denial = narrowed && (await narrowed)
    if (denial) throw denied(denial)

    const { timeoutMs = defaultTimeoutMs } = token
    const late = () => guilty('WAQ_TIMEOUT', `command '${token.id}' took more than ${timeoutMs} ms`)
    let result: unknown
    try {
      result = await withDeadline(handler(parsed.data as never, call), timeoutMs, late)
    } catch (cause) {
      if (isWaqtorError(cause)) throw cause
      throw guilty('WAQ_COMMAND_FAILED', `command '${token.id}' failed: ${messageOf(cause)}`, cause)
    }
    const output = token.output.safeParse(result)
    if (output.success) return output.data as never
    throw guilty('WAQ_OUTPUT_INVALID', `command '${token.id}' answered something its schema refuses`, output.error)
  }

  return {
    get version() {
      return tokens.version()
    },
    get: tokens.get,
    list(principal?: Principal): readonly CommandToken[] {
      return principal ? tokens.list().filter((it) => !gate.refusal(it, principal)) : tokens.list()
    },
    handle(owner: string, token: CommandToken, handler: Handler, signal: AbortSignal): () => void {
      const taken = handlers.get(token.id)
      if (taken) {
        const message = `command '${token.id}' is already handled by plugin '${taken.owner}'`
        throw blame(owner, 'setup')('WAQ_COMMAND_DUPLICATE', message)
      }
      const forget = tokens.add(owner, token)
      handlers.set(token.id, { token, owner, handler, signal })
      return () => {
        handlers.delete(token.id)
        forget()
      }
    },
    /** Marks what the owners handle as coming back soon; the undo ends that. */
    suspend(owners: ReadonlySet<string>): () => void {
      for (const { token, owner } of handlers.values()) if (owners.has(owner)) reloading.add(token.id)
      return () => reloading.clear()
    },
    async execute(command: CommandToken | string, input: unknown, given: Partial<Call> = {}): Promise<never> {
      const id = typeof command === 'string' ? command : command.id
      const registered = handlers.get(id)
      if (!registered) throw missing(id, reloading.has(id))
      const call = toCall(given, registered.token.timeoutMs ?? defaultTimeoutMs, registered.signal)
      let instance: string | null = null
      const started = performance.now()
      const work = run(registered, input, call, (it) => {
        instance = it
      })
      if (!bus.heard(CommandCompleted.id) && !bus.heard(CommandFailed.id)) return work
      const tell = (event: EventToken, more: object) => {
        const { id: callId, via, principal } = call
        const facts = { callId, command: id, via, principal: principal?.id ?? null }
        bus.emit('kernel', event, { ...facts, durationMs: performance.now() - started, ...more }, instance)
      }
      work.then(
        () => tell(CommandCompleted, {}),
        ({ code, message }) => tell(CommandFailed, { code, message }),
      )
      return work
    },
  }
}

function missing(id: string, reloading: boolean): WaqtorError {
  return reloading
    ? new WaqtorError('WAQ_RELOADING', `command '${id}' is being reloaded`, { retryAfter: 1 })
    : new WaqtorError('WAQ_COMMAND_UNKNOWN', `there is no command '${id}'`)
}

function inputInvalid(token: CommandToken, error: z.ZodError): WaqtorError {
  const errors = error.issues.map((it) => ({ path: it.path.map(String).join('.'), message: it.message }))
  const where = errors[0]?.path ? ` at '${errors[0].path}'` : ''
  const message = `the input of '${token.id}' is wrong${where}: ${errors[0]?.message}`
  return new WaqtorError('WAQ_INPUT_INVALID', message, { details: { errors } })
}
