import type { z } from 'zod'

/** Any zod schema; schemas are synchronous and an output schema has no transforms. */
export type Schema = z.ZodType

/** Names a service that one plugin provides and others require. A value at run time, the type `T` at compile time. */
export interface ServiceToken<T> {
  readonly id: string
  readonly '~type'?: T
}

/** Whether a subject belongs to one account (`instance`) or to the whole host. */
export type Scope = 'instance' | 'host'

/** What the gate decides about: a command, an event, or any other thing with a permission. */
export interface Guarded {
  readonly id: string
  /** `'public'` asks for no credential; it is spelled out, there is no default. */
  readonly permission: 'public' | (string & {})
  readonly scope: Scope
}

/** `recorded` events go into the log with a sequence; `transient` ones are never stored. */
export type EventKind = 'recorded' | 'transient'

/** A typed fact on the bus. Its id is a noun or in the past: `message.received`. */
export interface EventToken<S extends Schema = Schema, K extends EventKind = EventKind> extends Guarded {
  readonly schema: S
  readonly kind: K
  readonly summary?: string
}

/** Where a command is reached over HTTP, below the prefix of the REST plugin. Path parameters are written `{name}`. */
export interface HttpBinding {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: `/${string}`
  /** The status of a good answer; 200 when absent. */
  readonly status?: 200 | 201 | 202 | 204
}

/**
 * What doors may tell their users about a command beyond its schemas. `idempotent`: the caller may send an idempotency key
 * and repeat the call. `example`: one worked request, shown in the reference.
 */
export type CommandHints = { readonly [K in 'readOnly' | 'destructive' | 'idempotent']?: boolean } & {
  example?: unknown
}

/** A typed operation. REST, sockets, CLI, SDKs, OpenAPI and MCP are derived from it. */
export interface CommandToken<I extends Schema = Schema, O extends Schema = Schema> extends Guarded {
  readonly summary: string
  readonly input: I
  readonly output: O
  readonly http?: HttpBinding
  readonly hints?: CommandHints
  /** How long the handler may take, in milliseconds; the kernel's `timeoutMs.command` when absent. */
  readonly timeoutMs?: number
}

/** The input of a command that belongs to an account names that account. */
type ScopeOfInput =
  | { readonly scope: 'host' }
  | { readonly scope: 'instance'; readonly input: z.ZodType<{ instance: string }> }

/**
 * Names a service.
 * @example export const Clock = defineService<{ now(): number }>('clock')
 */
export function defineService<T>(id: string): ServiceToken<T> {
  return Object.freeze({ id })
}

/**
 * Names an event and says who may see it.
 * @example
 * export const Greeted = defineEvent('greeter.greeted', {
 *   kind: 'transient', permission: 'greeter:read', scope: 'instance', schema: z.object({ to: z.string() }),
 * })
 */
export function defineEvent<S extends Schema, const K extends EventKind>(
  id: string,
  spec: Omit<EventToken<S, K>, 'id'>,
): EventToken<S, K> {
  return Object.freeze({ ...spec, id })
}

/**
 * Names an operation, its shapes, and who may call it. `permission` has no default.
 * A command with `scope: 'instance'` must have `instance` in its input.
 * @example
 * export const greet = defineCommand('greeter.greet', {
 *   summary: 'Send a greeting', permission: 'greeter:write', scope: 'host',
 *   input: z.object({ to: z.string() }), output: z.object({ text: z.string() }),
 * })
 */
export function defineCommand<I extends Schema, O extends Schema>(
  id: string,
  spec: Omit<CommandToken<I, O>, 'id' | 'scope'> & ScopeOfInput,
): CommandToken<I, O> {
  return Object.freeze({ ...spec, id })
}
