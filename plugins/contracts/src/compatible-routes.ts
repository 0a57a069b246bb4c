import type { CommandToken, Contribution, KernelView, z } from '@waqtor/kernel'
import type { HttpRequest } from './http.ts'

/** A request on the compatible surface, `/api`, with its body read. */
export interface CompatibleRequest {
  /** From the path: `{id}` of `/rules/{id}`. */
  readonly params: Readonly<Record<string, string>>
  /** Where a name stands there several times, the last one. */
  readonly query: Readonly<Record<string, string>>
  /** Empty where the route has none, or reads it by itself. */
  readonly body: Readonly<Record<string, unknown>>
  /** The account that is meant: `clientId` or `instance`, in the query or the body; `default` when none is named. */
  readonly instance: string
  /** The request itself; only a route that is `streamed` reads its body from here. */
  readonly http: HttpRequest
}

/** The fields of an input with values that nobody has looked at yet. */
export type Unchecked<T> = { readonly [K in keyof T]: unknown }

/**
 * Runs a command as whoever sent the request, through the one gate, which checks the values as well.
 * @param command the token, or its id with the token's type: `execute<typeof getRule>('smartbot.getRule', …)`
 * @param idempotencyKey instead of the one in the request's header
 */
export type CompatibleExecute = <C extends CommandToken>(
  command: C | C['id'],
  input: Unchecked<z.input<C['input']>>,
  idempotencyKey?: string,
) => Promise<z.output<C['output']>>

/** A route of the compatible surface. */
export interface CompatibleRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/api`; parameters are written `{name}`. */
  readonly path: `/${string}`
  /**
   * Ids of the commands that it always runs. It is there while all of them are, and whoever may not run one of them is
   * refused before the body is read.
   */
  readonly commands: readonly [string, ...string[]]
  /** The status of a good answer; 200 when absent. */
  readonly status?: 200 | 201 | 202
  /**
   * How the body is read. `json` when absent; `large`: JSON beyond the server's usual limit, as files in base64 are;
   * `streamed`: the route reads `http.stream(…)` itself.
   */
  readonly body?: 'json' | 'large' | 'streamed'
  /** Answers what follows `success: true`. Errors are thrown; the surface writes them. */
  readonly answer: (
    request: CompatibleRequest,
    execute: CompatibleExecute,
  ) => Promise<Readonly<Record<string, unknown>>>
}

/** Routes by which a plugin's commands are reached by existing clients, under shapes that never change. */
export interface CompatibleRoutes extends Contribution {
  readonly kind: 'compatible-routes'
  readonly routes: readonly CompatibleRoute[]
}

/**
 * Makes routes of the compatible surface; put them into `contributes` of the plugin whose commands they run.
 * @example
 * defineCompatibleRoutes([
 *   {
 *     method: 'GET', path: '/smartbot/rules/{id}', commands: [getRule.id],
 *     answer: async ({ params, instance }, execute) => ({ data: await execute(getRule, { instance, ruleId: params.id! }) }),
 *   },
 * ])
 */
export function defineCompatibleRoutes(routes: readonly CompatibleRoute[]): CompatibleRoutes {
  return { kind: 'compatible-routes', routes }
}

/** The routes that the plugins which run contribute. */
export function compatibleRoutesOf(kernel: KernelView): readonly CompatibleRoute[] {
  return (kernel.contributions('compatible-routes') as readonly CompatibleRoutes[]).flatMap((it) => it.routes)
}
