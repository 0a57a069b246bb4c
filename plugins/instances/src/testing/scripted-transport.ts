import type {
  ClientInfo,
  Transport,
  TransportCapabilities,
  TransportFact,
  TransportProvider,
  TransportSetup,
  TransportUsage,
} from '@waqtor/contracts'

export const clientInfo: ClientInfo = { platform: 'test', phoneNumber: '201001234567', name: 'Mona' }
export const capabilities: TransportCapabilities = {
  real: false,
  maxInFlight: 4,
  preDrawnIds: false,
  absentAfterMs: 1_000,
}

/** Each of these may be replaced by the test. */
export class ScriptedTransport implements Transport {
  readonly capabilities = capabilities
  readonly setup: TransportSetup
  calls: string[] = []
  onStart: () => Promise<void> = async () => {}
  onStop: () => Promise<void> = async () => {}
  onLogout: () => Promise<void> = async () => {}
  onPing: () => Promise<void> = async () => {}
  /** Absent: it does not tell. */
  usage?: () => Promise<TransportUsage | null>

  constructor(setup: TransportSetup) {
    this.setup = setup
  }

  report(...facts: TransportFact[]): void {
    for (const fact of facts) this.setup.report(fact)
  }

  becomeReady(pairing = 'pairing-1'): void {
    this.report({ type: 'ready', info: clientInfo, pairing })
  }

  start(): Promise<void> {
    this.calls.push('start')
    return this.onStart()
  }

  stop(): Promise<void> {
    this.calls.push('stop')
    return this.onStop()
  }

  logout(): Promise<void> {
    this.calls.push('logout')
    return this.onLogout()
  }

  ping(): Promise<void> {
    this.calls.push('ping')
    return this.onPing()
  }

  async requestPairingCode(phoneNumber: string): Promise<string> {
    this.report({ type: 'pairing-code', code: `CODE-${phoneNumber}` })
    return `CODE-${phoneNumber}`
  }

  send(): never {
    throw new Error('not part of this test')
  }

  findSent(): never {
    throw new Error('not part of this test')
  }

  newestMessageId(): never {
    throw new Error('not part of this test')
  }

  resolveNumber(): never {
    throw new Error('not part of this test')
  }
}

/** Makes transports and keeps them, newest last. */
export class ScriptedProvider implements TransportProvider {
  readonly kind: string
  readonly made: ScriptedTransport[] = []
  /** Sets a new transport up before it is started. */
  prepare: (transport: ScriptedTransport) => void = () => {}
  readonly #waiting: (() => void)[] = []

  constructor(kind = 'scripted') {
    this.kind = kind
  }

  create(setup: TransportSetup): Transport {
    const transport = new ScriptedTransport(setup)
    this.prepare(transport)
    this.made.push(transport)
    for (const resolve of this.#waiting.splice(0)) resolve()
    return transport
  }

  /** Of one instance; waits until so many were made for it. */
  async transport(instance = 'default', count = 1): Promise<ScriptedTransport> {
    for (;;) {
      const made = this.made.filter((it) => it.setup.instance === instance)
      if (made.length >= count) return made.at(-1)!
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}

/** Its accounts are ready as soon as they are started. */
export function alwaysReady(kind?: string): ScriptedProvider {
  const provider = new ScriptedProvider(kind)
  provider.prepare = (it) => {
    it.onStart = async () => it.becomeReady()
  }
  return provider
}
