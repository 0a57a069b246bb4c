import type { z } from 'zod'
import { type Call, type Principal, RunningCall } from './call.ts'
import { inTime } from './deadline.ts'
import { blame, WaqtorError } from './errors.ts'
import type { Bus } from './events.ts'
import { denied, type Gate } from './gate.ts'
import { CommandCompleted, CommandFailed } from './kernel-events.ts'
import type { Awaitable } from './plugin.ts'
import type { CommandToken, Schema } from './tokens.ts'

export type Commands = ReturnType<typeof createCommands>
/** What the kernel shows of its commands. */
export type CommandRegistry = Pick<Readonly<Commands>, 'list' | 'get' | 'version' | 'execute'>

/** A command with who handles it; `signal` is aborted when that plugin closes. */
interface Registered {
  readonly token: CommandToken
  readonly owner: string
  readonly handler: (input: never, call: Call) => Awaitable<unknown>
  readonly signal: AbortSignal
}

/** Makes the registry of commands with the pipeline that each call runs through. */
export function createCommands(gate: Gate, bus: Bus, defaultTimeoutMs: number) {
  const handlers = new Map<string, Registered>()
  /** What is being restarted right now. */
  let reloading: readonly string[] = []

  const run = async (id: string, input: unknown, caller: Partial<Call>) => {
    const registered = handlers.get(id)
    // Plugins that are coming up may call each other; the doors wait until all of them are ready.
    if (reloading.includes(id) && (!registered || (caller.via ?? 'internal') !== 'internal'))
      throw new WaqtorError('WAQ_RELOADING', `command '${id}' is being reloaded`, { retryAfter: 1 })
    if (!registered) throw new WaqtorError('WAQ_COMMAND_UNKNOWN', `there is no command '${id}'`)
    const { token, owner, handler, signal } = registered
    const { scope, timeoutMs = defaultTimeoutMs } = token
    const call = new RunningCall(caller, signal)
    const started = performance.now()
    let instance: string | null = null
    const tell = (event: typeof CommandCompleted | typeof CommandFailed, more?: { code: string; message: string }) => {
      if (!bus.heard(event.id)) return
      const { id: callId, via, principal: who, address = null } = call
      const [principal, role, durationMs] = [who?.id ?? null, who?.role ?? null, performance.now() - started]
      const data = { callId, command: id, via, principal, role, address, durationMs, ...more }
      bus.emit('kernel', event, data, instance)
    }
    try {
      const refusal = gate.refusal(token, call.principal)
      if (refusal) throw denied(refusal)
      const parsed = token.input.safeParse(input)
      if (!parsed.success) throw inputInvalid(token, parsed.error)
      if (scope === 'instance') ({ instance } = parsed.data as { instance: string })
      const denial = await gate.narrowing(token, call, instance, parsed.data)
      if (denial) throw denied(denial)
      caller.signal?.throwIfAborted()
      signal.throwIfAborted()

      const work = handler(parsed.data as never, call)
      const output = token.output.safeParse(await inTime(work, timeoutMs, `command '${id}'`, owner, 'command'))
      if (!output.success) {
        const message = `command '${id}' answered something its schema refuses`
        throw new WaqtorError('WAQ_OUTPUT_INVALID', message, { plugin: owner, cause: output.error })
      }
      tell(CommandCompleted)
      return output.data as never
    } catch (thrown) {
      call.abort(thrown)
      const error = caller.signal?.aborted
        ? blame(thrown, 'WAQ_ABORTED', `the caller of '${id}' went away`, owner, 'command')
        : blame(thrown, 'WAQ_COMMAND_FAILED', `command '${id}' failed`, owner, 'command')
      tell(CommandFailed, { code: error.code, message: error.message })
      throw error
    }
  }

  return {
    /** Grows with every change of the list. */
    version: 0,
    get: (id: string) => handlers.get(id)?.token,
    /** Sorted by id; with a principal, only what it may call. */
    list(principal?: Principal): readonly CommandToken[] {
      const tokens = [...handlers.values()].map((it) => it.token)
      return tokens.filter((it) => !principal || !gate.refusal(it, principal)).sort((a, b) => (a.id < b.id ? -1 : 1))
    },
    handle(command: Registered): () => void {
      const { token, owner } = command
      const taken = handlers.get(token.id)
      if (taken) {
        const message = `command '${token.id}' is already handled by plugin '${taken.owner}'`
        throw new WaqtorError('WAQ_COMMAND_DUPLICATE', message, { plugin: owner, phase: 'setup' })
      }
      handlers.set(token.id, command)
      this.version++
      return () => {
        handlers.delete(token.id)
        this.version++
      }
    },
    /** Marks what these plugins handle as coming back soon, until it is called with none. */
    suspend(owners: ReadonlySet<string>): void {
      reloading = [...handlers.values()].filter((it) => owners.has(it.owner)).map((it) => it.token.id)
    },
    /**
     * Runs a command through the one pipeline: permission, input, instance and `authorize`, handler under its deadline, output.
     * Without a principal only public commands run; the system itself passes `principal: systemPrincipal`.
     * @throws WaqtorError with a status that says whose fault it is.
     */
    execute: <I extends Schema, O extends Schema>(
      command: CommandToken<I, O> | string,
      input: z.input<I>,
      caller: Partial<Call> = {},
    ): Promise<z.output<O>> => run(typeof command === 'string' ? command : command.id, input, caller),
  }
}

function inputInvalid({ id }: CommandToken, { issues }: z.ZodError): WaqtorError {
  const errors = issues.map((it) => ({ path: it.path.map(String).join('.'), message: it.message }))
  const where = errors[0]?.path ? ` at '${errors[0].path}'` : ''
  const message = `the input of '${id}' is wrong${where}: ${errors[0]?.message}`
  return new WaqtorError('WAQ_INPUT_INVALID', message, { details: { errors } })
}
