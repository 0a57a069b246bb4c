import { type Call, type KernelView, WaqtorError } from '@waqtor/kernel'
import { type Kind, kindOf } from './subscriptions.ts'

/** What a webhook hands out. */
export interface Grant {
  readonly types: readonly string[]
  readonly instances: readonly string[] | 'all'
}

/** What callers may have delivered: nothing that they may not see themselves. */
export class Reach {
  readonly #kernel: Pick<KernelView, 'events' | 'authorize'>

  constructor(kernel: Pick<KernelView, 'events' | 'authorize'>) {
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
  async excess(call: Call, { types, instances }: Grant): Promise<string | undefined> {
    if (instances === 'all' && call.principal?.instances !== 'all') return 'the events of all accounts'
    for (const name of types) {
      const kind = kindOf(name, this.#kernel.events)
      // The plugin of the event is away: whoever sees everything sees that as well.
      if (!kind && !call.principal?.permissions.has('*')) return `'${name}'`
      if (kind && (await this.#denied(call, kind, instances))) return `'${name}'`
    }
    return undefined
  }

  async #denied(call: Call, { guard }: Kind, instances: Grant['instances']): Promise<boolean> {
    // As for reading the host's log: it is for those who reach all accounts.
    if (guard.scope === 'host' && call.principal?.instances !== 'all') return true
    const accounts = guard.scope === 'host' || instances === 'all' ? [null] : instances
    for (const instance of accounts) if (await this.#kernel.authorize(guard, call, instance)) return true
    return false
  }

  #whyNot(name: string): string {
    const token = this.#kernel.events.get(name)
    if (!token) return `there is no event '${name}': \`webhooks.types\` lists them`
    return name.startsWith('webhook.')
      ? `'${name}' tells of deliveries, and cannot be delivered itself`
      : `'${name}' is told live only and stored nowhere: follow it over a socket`
  }
}
