import { type Call, type Denial, holds, type Principal, reaches } from './call.ts'
import { WaqtorError } from './errors.ts'
import type { BailHook } from './hooks.ts'
import type { Guarded } from './tokens.ts'

export type AuthorizeHook = BailHook<[subject: Guarded, call: Call, instance: string | null], Denial>

const unauthenticated: Denial = { status: 401, code: 'unauthenticated', reason: 'a credential is needed' }

/**
 * The one gate, for commands and for anything else with a permission.
 * Permission is decided here, denied by default; the `authorize` hook can only narrow what is left.
 */
export class Gate {
  readonly #authorize: AuthorizeHook

  constructor(authorize: AuthorizeHook) {
    this.#authorize = authorize
  }

  permits(subject: Guarded, principal: Principal | null): boolean {
    return this.refusal(subject, principal) === undefined
  }

  /** First half: who are you, and may you do such a thing at all? Comes before the input is looked at. */
  demandPermission(subject: Guarded, principal: Principal | null): void {
    const denial = this.refusal(subject, principal)
    if (denial) throw denied(denial)
  }

  /** Second half: on this account, under today's limits? Answers nothing at all when there is nothing to wait for. */
  demandInstance(subject: Guarded, call: Call, instance: string | null): Promise<void> | undefined {
    const denial = this.#instance(subject, call.principal, instance)
    if (denial) throw denied(denial)
    if (this.#authorize.owners.length === 0) return undefined
    return this.#narrow(subject, call, instance).then((it) => {
      if (it) throw denied(it)
    })
  }

  /** Both halves as an answer instead of an error. */
  async decide(subject: Guarded, call: Call, instance: string | null): Promise<Denial | undefined> {
    return (
      this.refusal(subject, call.principal) ??
      this.#instance(subject, call.principal, instance) ??
      (await this.#narrow(subject, call, instance))
    )
  }

  /** The first half as an answer. */
  refusal({ id, permission }: Guarded, principal: Principal | null): Denial | undefined {
    if (permission === 'public') return undefined
    if (!principal) return unauthenticated
    if (holds(principal, permission)) return undefined
    return { status: 403, code: 'forbidden', reason: `'${id}' needs the permission '${permission}'` }
  }

  #instance({ permission }: Guarded, principal: Principal | null, instance: string | null): Denial | undefined {
    if (instance === null || permission === 'public') return undefined
    if (principal && reaches(principal, instance)) return undefined
    return { status: 403, code: 'forbidden', reason: 'the credential does not reach this instance' }
  }

  async #narrow(subject: Guarded, call: Call, instance: string | null): Promise<Denial | undefined> {
    try {
      return await this.#authorize.call(subject, call, instance)
    } catch {
      // Fails closed: a broken check opens nothing. The hook's owner is named in the log by the kernel.
      return { status: 403, code: 'forbidden', reason: 'the permission could not be checked' }
    }
  }
}

/** The account that a parsed input is about; `null` for the host's own commands. */
export function instanceOf(subject: Guarded, input: unknown): string | null {
  return subject.scope === 'instance' ? (input as { instance: string }).instance : null
}

/** A denial as the error that doors know how to show. */
export function denied(denial: Denial): WaqtorError {
  const { status, code, reason, retryAfter, details } = denial
  return new WaqtorError(`WAQ_${code.toUpperCase()}`, reason, {
    status,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(details && { details }),
  })
}
