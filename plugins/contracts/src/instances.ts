import { type Awaitable, defineService } from '@waqtor/kernel'
import type { ChatFact, ClientInfo, Transport, TransportCapabilities } from './transport.ts'

export type SessionStatus =
  | 'stopped'
  | 'connecting'
  | 'qr'
  | 'authenticated'
  | 'ready'
  | 'disconnected'
  | 'auth_failure'

/** A ready connection, valid until the session changes. */
export interface Session {
  readonly instance: string
  readonly transport: Transport
  /** Changes with every pairing. */
  readonly pairing: string
}

export interface InstanceObserver {
  /**
   * Keeps its place: what comes in while the observer of this name is away (its plugin is being reloaded) is given to the
   * next one, for a minute.
   */
  readonly name?: string
  /** The session became ready. */
  ready?(session: Session): void
  /** The session is no longer ready; sends under way are in doubt. */
  lost?(instance: string, reason: string, permanent: boolean): void
  /**
   * Messages, acknowledgements and changes, in order. Whatever came in while one batch was handled makes the next one, so that
   * a flood shares its commits. A batch that fails comes again: a storage error until it passes, any other a few times;
   * then its facts come one by one, and the one that keeps failing is passed over with an error in the log.
   */
  facts?(instance: string, facts: readonly ChatFact[]): Promise<void>
  /** The account was created or is about to run: open what belongs to it. Comes before anything else of the instance. */
  opened?(instance: string): Promise<void>
  /** The account goes away or the host stops: let go of what belongs to it. */
  closed?(instance: string): Promise<void>
}

export interface Instances {
  ids(): readonly string[]
  has(instance: string): boolean
  status(instance: string): SessionStatus
  capabilities(instance: string): TransportCapabilities | undefined
  /** Whose account it is, once it has been ready. */
  clientInfo(instance: string): ClientInfo | undefined
  /** The ready session, or nothing. */
  session(instance: string): Session | undefined
  /**
   * Waits for the session to be ready.
   * @throws WaqtorError WAQ_INSTANCE_UNKNOWN (404) · WAQ_SESSION_NOT_READY (503) after `timeoutMs`
   */
  ready(instance: string, options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<Session>
  /**
   * Follows what happens to every instance. Instances that are open already are announced.
   * @returns the undo, which may be awaited: then the batch under way is done
   */
  observe(observer: InstanceObserver): () => Awaitable<void>
}

/** The accounts and their live connections. */
export const Instances = defineService<Instances>('instances')
