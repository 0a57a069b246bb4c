import type { z } from 'zod'
import type { Call } from './call.ts'
import type { Envelope } from './events.ts'
import type { Hook, TapOrder } from './hooks.ts'
import type { KernelView } from './kernel.ts'
import type { Logger } from './logger.ts'
import type { Awaitable, Needs, Resolved } from './plugin.ts'
import type { CommandToken, EventToken, Schema, ServiceToken } from './tokens.ts'

/**
 * What a plugin works with. Everything registered here has an owner and an undo:
 * when the plugin closes, the undos run last in, first out.
 */
export interface PluginContext<C extends Schema = Schema, R extends Needs = Needs, O extends Needs = Needs> {
  readonly name: string
  /** The parsed options. */
  readonly config: z.output<C>
  /** The services named in `requires` and `optional`, and no others. */
  readonly services: Resolved<R> & Partial<Resolved<O>>
  readonly log: Logger
  /** Aborted first when the plugin closes. */
  readonly signal: AbortSignal
  readonly kernel: KernelView
  /** Gives a service that `provides` names. */
  provide<T>(token: ServiceToken<T>, value: NoInfer<T>): void
  /** Becomes the one handler of a command. */
  handle<I extends Schema, P extends Schema>(
    command: CommandToken<I, P>,
    handler: (input: z.output<I>, call: Call) => Awaitable<z.input<P>>,
  ): void
  /** Listens to an event; a failure stays with this listener. */
  on<S extends Schema>(
    event: EventToken<S>,
    listener: (data: z.output<S>, envelope: Envelope<z.output<S>>) => Awaitable<void>,
  ): void
  /** Emits a transient event. Recorded ones are written by the event log, inside a transaction. */
  emit<S extends Schema>(event: EventToken<S, 'transient'>, data: z.input<S>, instance?: string | null): void
  /** Joins in where a caller waits. */
  tap<A extends unknown[], T>(
    hook: Hook<A, T, unknown>,
    // biome-ignore lint/suspicious/noConfusingVoidType: a tap that only looks returns nothing
    fn: (...args: NoInfer<A>) => Awaitable<NoInfer<T> | void>,
    order?: TapOrder,
  ): void
  /** Runs when the plugin closes. */
  onClose(dispose: () => Awaitable<unknown>): void
}
