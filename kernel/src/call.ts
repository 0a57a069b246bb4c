import { newId } from './ids.ts'

/** Who calls: a key, a signed-in person, or the system itself. */
export interface Principal {
  readonly id: string
  readonly role: string
  /** Exact permissions (`campaigns:read`), a whole area (`campaigns:*`), or everything (`*`). */
  readonly permissions: ReadonlySet<string>
  readonly instances: ReadonlySet<string> | 'all'
}

/** One call on its way through the pipeline. */
export interface Call {
  readonly id: string
  readonly via: 'rest' | 'ws' | 'cli' | 'mcp' | 'internal' | (string & {})
  readonly principal: Principal | null
  /** Aborted when the caller goes away, the deadline passes, or the plugin closes. */
  readonly signal: AbortSignal
  readonly idempotencyKey?: string
}

/**
 * Completes a call. Most handlers look at neither the id nor the signal, and each costs more than the rest of the
 * pipeline: they are made on demand.
 */
export function toCall(given: Partial<Call>, timeoutMs = 0, plugin?: AbortSignal): Call {
  const { via = 'internal', principal = null, idempotencyKey } = given
  let { id, signal } = given
  let limited = false
  return {
    via,
    principal,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    get id() {
      id ??= newId('call')
      return id
    },
    get signal() {
      const deadline = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined
      if (!limited) signal = AbortSignal.any([signal, plugin, deadline].filter((it) => it !== undefined))
      limited = true
      return signal!
    },
  }
}

/** A refusal by the gate. `status` follows HTTP: 401 who are you, 403 you may not, 429 not so often. */
export interface Denial {
  readonly status: 401 | 403 | 429
  /** snake_case, as doors show it: `unauthenticated`, `forbidden`, `feature_locked`. */
  readonly code: string
  readonly reason: string
  /** Seconds. */
  readonly retryAfter?: number
  readonly details?: Readonly<Record<string, unknown>>
}

const everything = new Set(['*'])
/** The system acting for itself. A handler that calls on behalf of somebody passes its own `call` on instead. */
export const systemPrincipal: Principal = { id: 'system', role: 'system', permissions: everything, instances: 'all' }

/** True when `principal` holds `permission`, by name, by area (`area:*`), or by `*`. */
export function holds(principal: Principal, permission: string): boolean {
  const granted = principal.permissions
  return granted.has(permission) || granted.has('*') || granted.has(`${permission.slice(0, permission.indexOf(':'))}:*`)
}

/** True when `principal` may act on `instance`; `null` stands for the host itself. */
export function reaches(principal: Principal, instance: string | null): boolean {
  return instance === null || principal.instances === 'all' || principal.instances.has(instance)
}
