import { type Call, type KernelView, type Principal, reaches, WaqtorError } from '@waqtor/kernel'
import type { WebhookRecord } from './record.ts'
import { type Kind, kindOf } from './subscriptions.ts'

/** What a webhook hands out. */
export interface Grant {
  readonly types: readonly string[]
  readonly instances: readonly string[] | 'all'
}

export function grantOf({ subscriptions, instances }: WebhookRecord): Grant {
  return { types: subscriptions.map((it) => it.name), instances }
}

type Gate = Pick<KernelView, 'events' | 'authorize' | 'refusal'>

/** What callers may have delivered: nothing that they may not see themselves. */
export class Reach {
  readonly #kernel: Gate

  constructor(kernel: Gate) {
    this.#kernel = kernel
  }

  /** @throws WaqtorError WAQ_INPUT_INVALID (400) when one of them is nothing that can be delivered */
  demandKnown(types: readonly string[]): void {
    const errors = types.flatMap((name, index) =>
      kindOf(name, this.#kernel.events) ? [] : [{ path: `types.${index}`, message: this.#whyNot(name) }],
    )
    if (errors.length === 0) return
    throw new WaqtorError('WAQ_INPUT_INVALID', errors[0]!.message, { details: { errors } })
  }

  /** @throws WaqtorError WAQ_FORBIDDEN (403) naming the first thing that the caller may not see */
  async demand(call: Call, grant: Grant): Promise<void> {
    const excess = await this.excess(call, grant)
    if (excess)
      throw new WaqtorError('WAQ_FORBIDDEN', `a webhook cannot hand out ${excess}, which its maker may not see`)
  }

  /** The first thing that goes beyond what the caller may see; nothing when all of it may be seen. */
  async excess(call: Call, grant: Grant): Promise<string | undefined> {
    const { principal } = call
    const absent = grant.types.find((name) => !kindOf(name, this.#kernel.events))
    // The plugin of the event is away: whoever sees everything sees that as well.
    if (absent !== undefined && !principal?.permissions.has('*')) return `'${absent}'`
    return this.lost(principal, grant) ?? this.narrowed(call, grant)
  }

  /** The first thing that is out of reach for good: the permission or the account is missing. */
  lost(principal: Principal | null, { types, instances }: Grant): string | undefined {
    const everywhere = principal?.instances === 'all'
    if (instances === 'all' && !everywhere) return 'the events of all accounts'
    const unreached = instances !== 'all' && instances.find((it) => !principal || !reaches(principal, it))
    if (unreached) return `the events of '${unreached}'`
    // As for reading the host's log: it is for those who reach all accounts.
    const denied = this.#kinds(types).find(
      ({ guard }) => this.#kernel.refusal(guard, principal) || (guard.scope === 'host' && !everywhere),
    )
    return denied && `'${denied.name}'`
  }

  /** The first thing that is withheld at this moment, as what is locked is. */
  async narrowed(call: Partial<Call>, { types, instances }: Grant): Promise<string | undefined> {
    for (const { name, guard } of this.#kinds(types)) {
      const accounts = guard.scope === 'host' || instances === 'all' ? [null] : instances
      for (const instance of accounts) if (await this.#kernel.authorize(guard, call, instance)) return `'${name}'`
    }
    return undefined
  }

  /** Those whose plugin is there: without it nothing happens that could be told. */
  #kinds(types: readonly string[]): readonly Kind[] {
    return types.map((name) => kindOf(name, this.#kernel.events)).filter((it) => it !== undefined)
  }

  #whyNot(name: string): string {
    const token = this.#kernel.events.get(name)
    if (!token) return `there is no event '${name}': \`webhooks.types\` lists them`
    return name.startsWith('webhook.')
      ? `'${name}' tells of deliveries, and cannot be delivered itself`
      : `'${name}' is told live only and stored nowhere: follow it over a socket`
  }
}
