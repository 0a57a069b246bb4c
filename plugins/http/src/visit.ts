import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpRequest, MountOptions } from '@waqtor/contracts'
import { newId, type Principal } from '@waqtor/kernel'
import { type Incoming, readBody } from './body.ts'
import type { BodyStreams } from './body-stream.ts'
import type { ClientOf } from './client.ts'
import { RequestHeaders } from './request-headers.ts'

/** Makes the web standard request of a node request. */
export type MakeRequest = (incoming: IncomingMessage, outgoing: ServerResponse) => Request

/** How clients are known, and bodies read. */
export interface VisitOptions {
  readonly clientOf: ClientOf
  readonly bodyLimitBytes: number
  readonly bodyStreams: BodyStreams
}

/**
 * A request on its way through the door, which notes here what it finds out; what mounted handlers get to see. Whatever
 * costs more than the rest of it is made when somebody asks for it.
 */
export class Visit implements HttpRequest {
  readonly incoming: Incoming
  readonly outgoing: ServerResponse
  readonly requestId: string
  readonly headers: RequestHeaders
  readonly address: string
  readonly https: boolean
  path = '/'
  streamed = false
  /** How an error is written, once it is known who serves the path. */
  problem: MountOptions['problem']
  search = ''
  principal: Principal | null = null
  readonly #makeRequest: MakeRequest
  readonly #options: VisitOptions
  #request: Request | undefined
  #url: URL | undefined
  #gone: AbortController | undefined

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, makeRequest: MakeRequest, options: VisitOptions) {
    this.incoming = incoming
    this.outgoing = outgoing
    this.requestId = requestIdOf(incoming.headers['x-request-id'])
    this.headers = new RequestHeaders(incoming.rawHeaders)
    const { address, https } = options.clientOf(incoming)
    this.address = address
    this.https = https
    this.#makeRequest = makeRequest
    this.#options = options
  }

  get method(): string {
    return this.incoming.method!
  }

  get request(): Request {
    this.#request ??= this.#makeRequest(this.incoming, this.outgoing)
    return this.#request
  }

  get url(): URL {
    this.#url ??= new URL(this.request.url)
    return this.#url
  }

  get signal(): AbortSignal {
    if (!this.#gone) {
      const gone = new AbortController()
      const left = () => {
        if (!this.outgoing.writableFinished) gone.abort(new Error('the client went away'))
      }
      if (this.outgoing.destroyed) left()
      else this.outgoing.once('close', left)
      this.#gone = gone
    }
    return this.#gone.signal
  }

  body(): Promise<Uint8Array> {
    return readBody(this.incoming, this.#options.bodyLimitBytes)
  }

  stream(limitBytes: number): AsyncIterable<Uint8Array> {
    if (!this.streamed) throw new Error('a body is streamed only where the mount says so: `{ streamed: true }`')
    return this.#options.bodyStreams.read(this.incoming, limitBytes)
  }

  /**
   * An answer before the whole body came, and a client may go on sending: @hono/node-server, once it knows of the request,
   * takes no more than a little of that and then ends the connection.
   */
  demandDrained(): void {
    const { complete, rawBody } = this.incoming
    if (!complete && !rawBody) void this.request
  }
}

/** A client may name its request, so that both logs speak of it alike; a name that could harm a log is replaced. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w.-]{1,64}$/.test(header) ? header : newId('req')
}
