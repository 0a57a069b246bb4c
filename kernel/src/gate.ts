import { type Call, type Denial, holds, type Principal, reaches } from './call.ts'
import { WaqtorError } from './errors.ts'
import type { BailHook } from './hooks.ts'
import type { Guarded } from './tokens.ts'

export type Gate = ReturnType<typeof createGate>
/** `input` is what a command is called with, parsed; undefined for anything that is no command. */
export type AuthorizeHook = BailHook<[subject: Guarded, call: Call, instance: string | null, input: unknown], Denial>

const forbidden = (reason: string): Denial => ({ status: 403, code: 'forbidden', reason })
const unauthenticated: Denial = { status: 401, code: 'unauthenticated', reason: 'a credential is needed' }
const reloading: Denial = { status: 503, code: 'reloading', reason: 'a check is being restarted', retryAfter: 1 }

/**
 * The one gate, for commands and for anything else with a permission.
 * Permission is decided here, denied by default; the `authorize` hook can only narrow what is left.
 */
export function createGate(authorize: AuthorizeHook) {
  // Fails closed: a check that breaks, or answers anything but a denial or nothing, opens nothing. The hook says whose it is.
  const ask = async (...about: Parameters<AuthorizeHook['call']>): Promise<Denial | undefined> => {
    const broken = forbidden('the permission could not be checked')
    const answer = await authorize.call(...about).catch(() => broken)
    return answer === undefined || (answer?.status >= 400 && typeof answer.code === 'string') ? answer : broken
  }
  return {
    /** A plugin that narrows is away: until it is back, nobody passes from outside. */
    shut: false,
    /** First half: who are you, and may you do such a thing at all? Comes before the input is looked at. */
    refusal({ id, permission }: Guarded, principal: Principal | null): Denial | undefined {
      if (permission === 'public') return undefined
      if (!principal) return unauthenticated
      return holds(principal, permission) ? undefined : forbidden(`'${id}' needs the permission '${permission}'`)
    },
    /** Second half: on this account, under today's limits? A promise only when somebody has tapped `authorize`. */
    narrowing(subject: Guarded, call: Call, instance: string | null, input: unknown) {
      const { principal, via } = call
      const reached = subject.permission === 'public' || (principal && reaches(principal, instance))
      if (!reached) return forbidden('the credential does not reach this instance')
      if (this.shut && via !== 'internal') return reloading
      return authorize.owners.length === 0 ? undefined : ask(subject, call, instance, input)
    },
  }
}

/** A denial as the error that doors know how to show. */
export function denied({ code, reason, ...options }: Denial): WaqtorError {
  return new WaqtorError(`WAQ_${code.toUpperCase()}`, reason, options)
}
