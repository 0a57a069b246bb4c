import { defineService, type Principal } from '@waqtor/kernel'

/** A request as a mounted handler gets it: the web standard one, with what the server knows about it. */
export interface HttpRequest {
  readonly request: Request
  /** Path below the mount, decoded once, starting with `/`. */
  readonly path: string
  readonly url: URL
  readonly requestId: string
  /** Of the peer. */
  readonly address: string
  /** Null without a credential; a wrong one never gets this far. */
  readonly principal: Principal | null
}

export interface Http {
  /**
   * Serves everything below `prefix` (`/api/v2`) until undone. The longest matching prefix wins.
   * Errors that the handler throws become problem responses (RFC 9457).
   */
  mount(prefix: string, handler: (request: HttpRequest) => Response | Promise<Response>): () => void
  /** Where the server listens: `http://127.0.0.1:8080`; undefined until it does. */
  readonly address: string | undefined
}

export const Http = defineService<Http>('http')

/** Turns a credential into a principal. */
export interface Authentication {
  /**
   * @returns null when the headers carry no credential
   * @throws WaqtorError WAQ_UNAUTHENTICATED when they carry a wrong one
   */
  authenticate(headers: Headers, address: string): Promise<Principal | null>
  /** True when somebody can come in at all. */
  hasKeys(): Promise<boolean>
}

export const Authentication = defineService<Authentication>('authentication')

/** What the host knows and plugins may use; provided by the host itself as a plugin named `host`. */
export interface HostInfo {
  /** Absolute path of the data directory, mode 0700. */
  readonly dataDirectory: string
  readonly version: string
  /** Flags and environment of this start that plugins may read: `host`, `port`, `apiKey`, `simulatorNetwork`. */
  readonly options: Readonly<Record<string, string | number | boolean | undefined>>
  /** True once every plugin's `ready` hook ran. */
  readonly isReady: () => boolean
}

export const HostInfo = defineService<HostInfo>('host-info')
