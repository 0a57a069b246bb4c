import type { z } from 'zod'
import type { Call } from './call.ts'
import type { Envelope } from './events.ts'
import type { Hook, TapFunction, TapOrder } from './hooks.ts'
import type { KernelView } from './kernel.ts'
import type { Logger } from './logger.ts'
import type { CommandToken, EventToken, Schema, ServiceToken } from './tokens.ts'

export type Awaitable<T> = T | Promise<T>

/** Services by the name under which `ctx.services` gives them. */
// biome-ignore lint/suspicious/noExplicitAny: a list of tokens of different services has no common element type
export type Needs = Readonly<Record<string, ServiceToken<any>>>
export type Resolved<N extends Needs> = { readonly [K in keyof N]: N[K] extends ServiceToken<infer T> ? T : never }

/** What a plugin does when one of its commands is called. */
export type Handler<I extends Schema, O extends Schema> = (input: z.output<I>, call: Call) => Awaitable<z.input<O>>
/** What a plugin does when it hears of an event. */
export type Listener<S extends Schema> = (data: z.output<S>, envelope: Envelope<z.output<S>>) => Awaitable<void>

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
  handle<I extends Schema, P extends Schema>(command: CommandToken<I, P>, handler: Handler<I, P>): void
  /** Listens to an event; a failure stays with this listener. */
  on<S extends Schema>(event: EventToken<S>, listener: Listener<S>): void
  /** Emits a transient event. Recorded ones are written by the event log, inside a transaction. */
  emit<S extends Schema>(event: EventToken<S, 'transient'>, data: z.input<S>, instance?: string | null): void
  /** Joins in where a caller waits. */
  tap<A extends unknown[], T>(hook: Hook<A, T, unknown>, fn: TapFunction<A, T>, order?: TapOrder): void
  /** Runs when the plugin closes. */
  onClose(dispose: () => Awaitable<unknown>): void
}

/** A sub-command of the `waqtor` command line, `waqtor <name> …`. */
export interface CliSpec {
  readonly name: string
  readonly summary: string
  /** Called only when the sub-command is. `argv` is what follows the name, `io` a CliIo of the contracts; answers the exit code. */
  load(): Promise<{ run(argv: readonly string[], io: unknown): Awaitable<number> }>
}

/**
 * A check of `waqtor doctor`. `own` is the plugin's config as the file has it, not parsed. `fix` is what to do when it is
 * not ok.
 */
export type DoctorCheck = { name: string; check(own: unknown): Awaitable<{ ok: boolean; found: string; fix?: string }> }

/**
 * Data by which a plugin joins in what another one does, without either knowing the other: a live channel, a metric. Who
 * looks for its `kind` finds it while the plugin runs; the shapes are in the contracts.
 */
export type Contribution = Readonly<{ kind: string }>

/** What a plugin needs that names nothing. */
type NoNeeds = Readonly<Record<never, never>>

/** A plugin: plain data plus one function. */
export interface PluginSpec<C extends Schema, R extends Needs, O extends Needs> {
  /** kebab-case, unique in a config. */
  readonly name: string
  /** The kernel's major version that it is made for, `^1`; `*` when it does not care. */
  readonly kernel?: string
  readonly config: C
  readonly requires?: R
  readonly optional?: O
  // biome-ignore lint/suspicious/noExplicitAny: as for Needs
  readonly provides?: readonly ServiceToken<any>[]
  /** Events that the plugin emits or records, so that subscribers find them before the first one. */
  readonly events?: readonly EventToken[]
  readonly contributes?: readonly Contribution[]
  readonly cli?: readonly CliSpec[]
  readonly doctor?: readonly DoctorCheck[]
  /** Puts the plugin to work. Everything registered through `ctx` is undone when the plugin closes. */
  setup(ctx: PluginContext<C, R, O>): Awaitable<void>
}

/** A plugin of any type: entries of different plugins share one list. */
export type AnyPluginSpec = PluginSpec<Schema, Needs, Needs>

/** One line of the config: a plugin and the options it was given, not parsed yet. */
export type PluginEntry = { readonly spec: AnyPluginSpec; readonly config: unknown }

/** What `definePlugin` returns: call it with options to get an entry for the config. */
export interface Plugin<C extends Schema> {
  (...config: Record<never, never> extends z.input<C> ? [config?: z.input<C>] : [config: z.input<C>]): PluginEntry
  readonly spec: AnyPluginSpec
}

/**
 * Makes a plugin. The result is a typed factory for `waqtor.config.ts`.
 * @example
 * export default definePlugin({
 *   name: 'greeter',
 *   config: z.object({ text: z.string().default('Hello') }),
 *   requires: { messaging: Messaging },
 *   setup(ctx) {
 *     ctx.handle(greet, ({ instance, to }, call) => ctx.services.messaging.sendText({ instance, chatId: to, text: ctx.config.text }, call))
 *   },
 * })
 */
export function definePlugin<C extends Schema, R extends Needs = NoNeeds, O extends Needs = NoNeeds>(
  spec: PluginSpec<C, R, O>,
): Plugin<C> {
  const factory = (config?: unknown): PluginEntry => ({ spec: spec as unknown as AnyPluginSpec, config: config ?? {} })
  return Object.assign(factory, { spec: spec as unknown as AnyPluginSpec }) as Plugin<C>
}
