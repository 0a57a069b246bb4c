import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { defineEvent, defineService, type Principal, z } from '@waqtor/kernel'
import type { Problem } from './problem.ts'

/** What is asked of headers most of the time; the web's `Headers` can do it. */
export interface HeaderReader {
  /** `null` when there is none of this name; the values of one that came several times, joined by commas. */
  get(name: string): string | null
}

/** A request as a mounted handler gets it: what the server knows about it and, on demand, the web standard one. */
export interface HttpRequest {
  readonly method: string
  readonly headers: HeaderReader
  /** The web standard request. Made when it is asked for: few handlers need it. */
  readonly request: Request
  /** The whole body, held to the server's limit. Call it once, and do not read `request` besides. */
  body(): Promise<Uint8Array>
  /**
   * The body as it arrives, read no faster than it is taken, in place of `body()` where the mount says `streamed`.
   * It may take longer than other requests, as long as it keeps coming.
   * @throws WaqtorError on the way: WAQ_BODY_TOO_LARGE (413) at the first byte beyond `limitBytes`; WAQ_REQUEST_TIMEOUT
   * (408) when it comes too slowly; WAQ_REQUEST_INVALID when the client goes away before the end
   */
  stream(limitBytes: number): AsyncIterable<Uint8Array>
  /** Aborted when the client goes away before the answer. */
  readonly signal: AbortSignal
  /** Path below the mount, decoded once, starting with `/`. */
  readonly path: string
  readonly url: URL
  /** The query as it came, from its `?` on; empty when there is none. */
  readonly search: string
  readonly requestId: string
  /** Of the client: the peer or, behind a proxy that the config trusts, whom that proxy names. */
  readonly address: string
  /** A proxy that the config trusts says that the client came by https. The server itself speaks plain HTTP. */
  readonly https: boolean
  /** Null without a credential; a wrong one never gets this far. */
  readonly principal: Principal | null
}

/** An answer that is ready to be written. Costs less than a Response, which does as well. */
export interface HttpReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export type HttpHandler = (request: HttpRequest) => Response | HttpReply | Promise<Response | HttpReply>

export interface MountOptions {
  /**
   * Bodies are read by `stream(limit)` and may be larger than the server's own limit. `request` must not be read then:
   * nothing limits it.
   */
  readonly streamed?: boolean
  /**
   * The JSON in which errors below this prefix are written, those of the server itself included: a wrong key, too many
   * requests. A problem document when absent.
   * @example http.mount('/legacy', handler, { problem: ({ detail, code }) => ({ ok: false, error: detail, code }) })
   */
  readonly problem?: (problem: Problem) => object
}

/** What speaks HTTP by itself, as a WebSocket library does: it gets node's own objects and answers through them. */
export interface RawHandler {
  /** Every header that answers have is set on `outgoing` already. */
  request(incoming: IncomingMessage, outgoing: ServerResponse): void
  /** A request to change to WebSocket. `head` is what came after it. */
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** A port that was opened besides the server's own. */
export interface OpenPort {
  /** `http://127.0.0.1:8081` */
  readonly address: string
  /** Takes no new connections, lets what is under way finish for a moment, then cuts what is left. */
  close(): Promise<void>
}

export interface Http {
  /**
   * Serves everything below `prefix` (`/api/v2`) until undone. The longest matching prefix wins.
   * Errors that the handler throws become problem responses (RFC 9457), unless the mount writes them in a way of its own;
   * a stream that fails ends the connection.
   */
  mount(prefix: string, handler: HttpHandler, options?: MountOptions): () => void
  /**
   * Hands everything below `prefix` over as it comes, until undone: after Host, Origin and the address's rate limit were
   * checked, and before anybody was asked for a credential. The handler authenticates for itself.
   */
  takeOver(prefix: string, handler: RawHandler): () => void
  /**
   * Listens on one more port, where nothing but this handler is, with the same checks before it. Not before `ready`.
   * @throws WaqtorError WAQ_PORT_IN_USE, WAQ_LISTEN_FAILED
   */
  openPort(port: number, prefix: string, handler: RawHandler): Promise<OpenPort>
  /**
   * False for a request that a browser sends from a page of somebody else: its `Origin` is neither the host that it asks
   * nor one of the config's list. True without an `Origin`, as programs send requests.
   */
  isAllowedOrigin(request: Pick<HttpRequest, 'headers' | 'https'>): boolean
  /** Whom a request is from, as `address` of `HttpRequest`: for a handler that took over and has node's own object. */
  addressOf(incoming: IncomingMessage): string
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
  authenticate(headers: HeaderReader, address: string): Promise<Principal | null>
  /**
   * True when somebody can come in at all: by a key, or as a user.
   * With `made`, the key does not count that the host keeps for its own command line.
   */
  hasKeys(options?: { readonly made?: boolean }): Promise<boolean>
  /** How often this principal may ask, where it has a limit of its own; the server's counts otherwise. */
  limitOf?(principal: Principal): RateLimits | undefined
}

/** A steady rate, and how many may come at once after a pause. */
export interface RateLimits {
  readonly perSecond: number
  readonly burst: number
}

export const Authentication = defineService<Authentication>('authentication')

/** A credential no longer holds: whoever keeps a connection open for its principal ends it now. */
export const CredentialRevoked = defineEvent('auth.credential-revoked', {
  kind: 'transient',
  permission: 'keys:read',
  scope: 'host',
  summary: 'A credential was revoked',
  schema: z.object({
    principalId: z.string(),
    credential: z.string().optional().describe('Only this one of the principal; all of them when absent'),
  }),
})

/**
 * What somebody may do has changed, while the credential stays good: a role, an unlocked feature. Whoever keeps a
 * connection open asks the gate anew.
 */
export const PermissionsChanged = defineEvent('auth.permissions-changed', {
  kind: 'transient',
  permission: 'keys:read',
  scope: 'host',
  summary: 'What somebody may do has changed',
  schema: z.object({ principalId: z.string().nullable().describe('`null`: anybody') }),
})

/**
 * What a person at the console must see, now: the host shows it among the lines of its welcome or, once it runs, at once.
 * It is never logged where there is a console, so a one-time secret may stand in it.
 */
export const ConsoleNotice = defineEvent('host.console-notice', {
  kind: 'transient',
  permission: 'system:console',
  scope: 'host',
  summary: 'Something for the person at the console',
  schema: z.object({
    label: z.string().describe('One or two words in front of the text'),
    text: z.string(),
  }),
})

/** What the host knows and plugins may use; provided by the host itself as a plugin named `host`. */
export interface HostInfo {
  /** Absolute path of the data directory, mode 0700. */
  readonly dataDirectory: string
  readonly version: string
  /**
   * Flags and environment of this start that plugins may read: `host`, `port`, `apiKey`, `simulatorNetwork`,
   * `dashboardUrl`, `trustedProxies`, `wsPort`, `wsPingInterval`, `wsPingTimeout`, `wsMaxBufferSize`.
   * `serve: false` marks a kernel that only answers the command line: nothing listens.
   */
  readonly options: Readonly<Record<string, string | number | boolean | undefined>>
  /** True once every plugin's `ready` hook ran. */
  readonly isReady: () => boolean
  /** Where the server listens, `http://127.0.0.1:8080`; undefined while nothing does. A plugin need not stand on the server to know. */
  readonly address?: () => string | undefined
  /** Set where the host runs without some of the plugins of its config: why, and without which. */
  readonly safeMode?: { readonly why: string; readonly leftOut: readonly string[] }
}

export const HostInfo = defineService<HostInfo>('host-info')
