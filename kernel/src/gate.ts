import { type Call, type Denial, holds, type Principal, reaches } from './call.ts'
import { WaqtorError } from './errors.ts'
import type { BailHook } from './hooks.ts'
import type { Guarded } from './tokens.ts'

export type AuthorizeHook = BailHook<[subject: Guarded, call: Call, instance: string | null], Denial>
export type Gate = ReturnType<typeof createGate>

const unauthenticated: Denial = { status: 401, code: 'unauthenticated', reason: 'a credential is needed' }
const forbidden = (reason: string): Denial => ({ status: 403, code: 'forbidden', reason })

/**
 * The one gate, for commands and for anything else with a permission.
 * Permission is decided here, denied by default; the `authorize` hook can only narrow what is left.
 */
export function createGate(authorize: AuthorizeHook) {
  /** First half: who are you, and may you do such a thing at all? Comes before the input is looked at. */
  const refusal = ({ id, permission }: Guarded, principal: Principal | null): Denial | undefined => {
    if (permission === 'public') return undefined
    if (!principal) return unauthenticated
    return holds(principal, permission) ? undefined : forbidden(`'${id}' needs the permission '${permission}'`)
  }

  /** Second half: on this account, under today's limits? A promise only when somebody has tapped `authorize`. */
  const narrowed = (subject: Guarded, call: Call, instance: string | null) => {
    const { principal } = call
    const outside = instance !== null && subject.permission !== 'public' && !(principal && reaches(principal, instance))
    if (outside) return forbidden('the credential does not reach this instance')
    if (authorize.owners.length === 0) return undefined
    // Fails closed: a broken check opens nothing. The hook reports whose it is.
    return authorize.call(subject, call, instance).catch(() => forbidden('the permission could not be checked'))
  }
  return { refusal, narrowed }
}

/** A denial as the error that doors know how to show. */
export function denied({ code, reason, ...rest }: Denial): WaqtorError {
  return new WaqtorError(`WAQ_${code.toUpperCase()}`, reason, rest)
}
