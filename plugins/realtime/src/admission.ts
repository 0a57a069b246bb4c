import { type Authentication, type Channel, fail, type Instances } from '@waqtor/contracts'
import {
  type Call,
  type Denial,
  denied,
  type Guarded,
  type KernelView,
  type Principal,
  WaqtorError,
} from '@waqtor/kernel'
import { roomOf } from './channels.ts'
import { EventsChannel } from './contract.ts'
import { type Handshake, HOST } from './handshake.ts'

/** What a client of a channel may see. */
export interface Pass {
  readonly principal: Principal
  readonly call: Partial<Call>
  /** Of the contributions to the path, those that are open to the client. */
  readonly channels: readonly Channel[]
  readonly rooms: ReadonlySet<string>
}

export interface AdmissionOptions {
  readonly kernel: Pick<KernelView, 'authorize'>
  readonly authentication: Authentication
  readonly instances: Pick<Instances, 'has'> | undefined
}

/** Finds out who asks for a channel, and asks the gate what they may see there. */
export class Admission {
  readonly #options: AdmissionOptions

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /**
   * @param channels the contributions to the path
   * @throws WaqtorError as over HTTP: 401 without a good credential, 403 for what it does not allow
   */
  async admit(channels: readonly Channel[], { headers, address, instance, account }: Handshake): Promise<Pass> {
    const principal = await this.#options.authentication.authenticate(headers, address)
    if (!principal) throw new WaqtorError('WAQ_UNAUTHENTICATED', 'a credential is needed: send it as `auth.token`')
    const call: Partial<Call> = { via: 'ws', principal, address }
    const denials = await Promise.all(channels.map((it) => this.#ask(it, call, instance)))
    const open = channels.filter((_, index) => denials[index] === undefined)
    if (open.length === 0) throw denials[0] ? denied(denials[0]) : fail('WAQ_ROUTE_UNKNOWN', 'there is no such channel')
    this.#demandInstance(open, instance)

    const rooms = new Set<string>()
    for (const { event: token, ownerOf } of open.flatMap((it) => it.events)) {
      const of = token.scope === 'instance' ? account : null
      if (ownerOf) rooms.add(roomOf(token.id, of, principal.id))
      else if (!(await this.#ask(token, call, of))) rooms.add(roomOf(token.id, of))
    }
    return { principal, call, channels: open, rooms }
  }

  /** @throws WaqtorError where the gate cannot tell just now: who comes back later gets a whole answer */
  async #ask(subject: Guarded, call: Partial<Call>, instance: string | null): Promise<Denial | undefined> {
    const denial = await this.#options.kernel.authorize(subject, call, subject.scope === 'instance' ? instance : null)
    if (denial?.status === 503) throw denied(denial)
    return denial
  }

  #demandInstance(channels: readonly Channel[], instance: string): void {
    const { instances } = this.#options
    if (channels.every((it) => it.scope === 'host')) return
    if (instance === HOST ? channels.some((it) => it.path === EventsChannel.path) : (instances?.has(instance) ?? true))
      return
    throw fail('WAQ_INSTANCE_UNKNOWN', `there is no instance '${instance}'`)
  }
}
