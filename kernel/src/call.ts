import { newId } from './ids.ts'

/** Who calls: a key, a signed-in person, or the system itself. */
export interface Principal {
  readonly id: string
  readonly role: string
  /** Exact permissions (`campaigns:read`), a whole area (`campaigns:*`), or everything (`*`). */
  readonly permissions: ReadonlySet<string>
  readonly instances: ReadonlySet<string> | 'all'
  /** What it came in with, where one may end without the other: the key or the browser session. */
  readonly credential?: string
}

/** One call on its way through the pipeline. Hand it on as it is: a spread copy has neither id nor signal. */
export declare abstract class Call {
  abstract get id(): string
  abstract readonly via: 'rest' | 'ws' | 'cli' | 'mcp' | 'internal' | (string & {})
  abstract readonly principal: Principal | null
  /** Aborted when the caller goes away, the deadline passes, or the plugin closes. */
  abstract get signal(): AbortSignal
  abstract readonly idempotencyKey?: string | undefined
  /** Where the caller is, as the door sees it: the IP address of the peer. */
  abstract readonly address?: string | undefined
}

/** A refusal by the gate. `status` follows HTTP: 401 who are you, 403 you may not, 429 not so often, 503 not now. */
export interface Denial {
  readonly status: 401 | 403 | 429 | 503
  /** snake_case, as doors show it: `unauthenticated`, `forbidden`, `feature_locked`. */
  readonly code: string
  readonly reason: string
  /** Seconds. */
  readonly retryAfter?: number
  readonly details?: Readonly<Record<string, unknown>>
}

/** The system acting for itself. A handler that calls on behalf of somebody passes its own `call` on instead. */
export const systemPrincipal: Principal = { id: 'system', role: 'system', permissions: new Set('*'), instances: 'all' }

/** True when `principal` holds `permission`, by name, by area (`area:*`), or by `*`. */
export function holds({ permissions }: Principal, permission: string): boolean {
  return permissions.has(permission) || permissions.has('*') || permissions.has(`${permission.split(':')[0]}:*`)
}

/** True when `principal` may act on `instance`; `null` stands for the host itself. */
export function reaches(principal: Principal, instance: string | null): boolean {
  return instance === null || principal.instances === 'all' || principal.instances.has(instance)
}

// Most handlers look at neither the id nor the signal, and each costs more than the rest of the pipeline: made on demand.
/** A call under way, made whole from what its caller says of it. `plugin` aborts it as well. */
export class RunningCall implements Call {
  readonly via: Call['via']
  readonly principal: Principal | null
  readonly idempotencyKey: string | undefined
  readonly address: string | undefined
  #id: string | undefined
  readonly #signals: readonly (AbortSignal | undefined)[]
  #controller: AbortController | undefined
  #signal: AbortSignal | undefined

  constructor(caller: Partial<Call>, plugin?: AbortSignal) {
    this.via = caller.via ?? 'internal'
    this.principal = caller.principal ?? null
    this.idempotencyKey = caller.idempotencyKey
    this.address = caller.address
    this.#signals = [plugin, caller.signal]
    this.#id = caller.id
  }

  get id(): string {
    this.#id ??= newId('call')
    return this.#id
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    this.#signal ??= AbortSignal.any([this.#controller.signal, ...this.#signals].filter((it) => it !== undefined))
    return this.#signal
  }

  abort(reason: unknown): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }
}
