import { fail, type TransportProvider, type Transports } from '@waqtor/contracts'

export interface TransportKindsListener {
  added(kind: string): void
  /** Resolves when nothing uses the kind any more. */
  removed(kind: string): Promise<void>
}

/** The kinds of transport that plugins have brought. */
export class TransportKinds implements Transports {
  readonly #listener: TransportKindsListener
  readonly #providers = new Map<string, TransportProvider>()

  readonly #default: string | undefined

  /** @param byDefault the kind for accounts that name none; the first that was brought when absent */
  constructor(byDefault: string | undefined, listener: TransportKindsListener) {
    this.#default = byDefault
    this.#listener = listener
  }

  add(provider: TransportProvider): () => Promise<void> {
    const { kind } = provider
    if (this.#providers.has(kind))
      throw fail('WAQ_CONFLICT', `two plugins bring the transport '${kind}': keep one of them in waqtor.config.ts`)
    this.#providers.set(kind, provider)
    this.#listener.added(kind)
    return async () => {
      if (this.#providers.get(kind) !== provider) return
      this.#providers.delete(kind)
      await this.#listener.removed(kind)
    }
  }

  /** The kind for accounts that name none; nothing while none is there. */
  get preferred(): string | undefined {
    return this.#default ?? this.#providers.keys().next().value
  }

  /** The kind for a new account. @throws WaqtorError WAQ_TRANSPORT_UNKNOWN (400) when no plugin brings it */
  choose(wanted: string | undefined): string {
    const kind = wanted ?? this.preferred
    if (kind === undefined) throw fail('WAQ_TRANSPORT_UNKNOWN', 'no plugin brings a transport')
    return this.get(kind).kind
  }

  /** @throws WaqtorError WAQ_TRANSPORT_UNKNOWN (400) */
  get(kind: string): TransportProvider {
    const provider = this.#providers.get(kind)
    if (provider) return provider
    const known = [...this.#providers.keys()].map((it) => `'${it}'`).join(', ') || 'none'
    throw fail('WAQ_TRANSPORT_UNKNOWN', `no plugin brings the transport '${kind}' (there is ${known})`)
  }
}
