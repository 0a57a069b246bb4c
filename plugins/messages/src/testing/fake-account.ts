import {
  type ChatFact,
  fail,
  type InstanceObserver,
  type Instances,
  type Session,
  type SessionStatus,
  type Transport,
  type TransportCapabilities,
} from '@waqtor/contracts'

/** One account whose connection the test opens and breaks. */
export class FakeAccount implements Instances {
  readonly #instance: string
  readonly #observers = new Set<InstanceObserver>()
  #session: Session | undefined
  #capabilities: TransportCapabilities | undefined

  constructor(instance = 'default') {
    this.#instance = instance
  }

  ids(): readonly string[] {
    return [this.#instance]
  }

  has(instance: string): boolean {
    return instance === this.#instance
  }

  status(): SessionStatus {
    return this.#session ? 'ready' : 'disconnected'
  }

  /** Of the present connection, or of the last one. */
  capabilities(): TransportCapabilities | undefined {
    return this.#capabilities
  }

  clientInfo() {
    return this.#session && { platform: 'test', phoneNumber: '201000000000', name: 'Test' }
  }

  session(): Session | undefined {
    return this.#session
  }

  async ready(instance: string): Promise<Session> {
    if (!this.has(instance)) throw fail('WAQ_INSTANCE_UNKNOWN', `there is no instance '${instance}'`)
    if (!this.#session) throw fail('WAQ_SESSION_NOT_READY', `instance '${instance}' is not connected`)
    return this.#session
  }

  observe(observer: InstanceObserver): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  /** The account's file is opened; what the plugin does then is done when this resolves. */
  async open(): Promise<void> {
    for (const it of this.#observers) await it.opened?.(this.#instance)
  }

  connect(transport: Transport, pairing = 'pairing-1'): void {
    this.#session = { instance: this.#instance, transport, pairing }
    this.#capabilities = transport.capabilities
    for (const it of this.#observers) it.ready?.(this.#session)
  }

  disconnect(reason = 'connection-lost', permanent = false): void {
    this.#session = undefined
    for (const it of this.#observers) it.lost?.(this.#instance, reason, permanent)
  }

  async report(...facts: ChatFact[]): Promise<void> {
    for (const it of this.#observers) await it.facts?.(this.#instance, facts)
  }
}
