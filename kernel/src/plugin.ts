import type { z } from 'zod'
import type { PluginContext } from './context.ts'
import type { CliSpec, DoctorCheck, PageSpec } from './contributions.ts'
import type { EventToken, Schema, ServiceToken } from './tokens.ts'

export type Awaitable<T> = T | Promise<T>

/** Services by the name under which `ctx.services` gives them. */
// biome-ignore lint/suspicious/noExplicitAny: a list of tokens of different services has no common element type
export type Needs = Readonly<Record<string, ServiceToken<any>>>
export type Resolved<N extends Needs> = { readonly [K in keyof N]: N[K] extends ServiceToken<infer T> ? T : never }

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
  readonly pages?: readonly PageSpec[]
  readonly cli?: readonly CliSpec[]
  readonly doctor?: readonly DoctorCheck[]
  /** Puts the plugin to work. Everything registered through `ctx` is undone when the plugin closes. */
  setup(ctx: PluginContext<C, R, O>): Awaitable<void>
}

/** A plugin of any type: entries of different plugins share one list. */
export type AnyPluginSpec = PluginSpec<Schema, Needs, Needs>

/** One line of the config: a plugin and the options it was given, not parsed yet. */
export interface PluginEntry {
  readonly spec: AnyPluginSpec
  readonly config: unknown
}

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
