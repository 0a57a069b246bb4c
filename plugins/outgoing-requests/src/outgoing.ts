import { fail } from '@waqtor/contracts'
import { isWaqtorError, messageOf } from '@waqtor/kernel'
import type { Dispatcher } from 'undici'
import { Connections } from './connections.ts'
import { type Connect, dial } from './dial.ts'
import { Guard, type GuardOptions } from './guard.ts'
import { type Resolve, Resolver, systemResolve } from './resolver.ts'
import { parseTarget, type Target } from './target.ts'

export interface OutgoingOptions extends GuardOptions {
  /** Finds the addresses of a name; the system's way when absent. */
  readonly resolve?: Resolve
  /** Makes connections; TCP and TLS when absent. */
  readonly connect?: Connect
}

export interface OutgoingRequest {
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** For everything, from the look-up of the name to the last byte of the answer. Milliseconds. */
  readonly timeoutMs: number
  /** How much of the answer's body is read. */
  readonly maxBytes: number
  /** `cut` takes the beginning of a larger one, `refuse` fails. */
  readonly larger: 'cut' | 'refuse'
  /** Ends it early; what it was aborted with is thrown. */
  readonly signal?: AbortSignal
}

export interface OutgoingAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Uint8Array
}

/** Makes requests to addresses that others name. */
export interface Outgoing {
  /**
   * Says early what `request` would refuse. A name that cannot be looked up at this moment passes.
   * @throws WaqtorError WAQ_URL_INVALID, WAQ_URL_REFUSED (400)
   */
  check(url: string): Promise<void>
  /**
   * One request over HTTP/1.1 to an address that was checked. Redirects are answers like any other: they are not followed.
   * @throws WaqtorError WAQ_URL_INVALID, WAQ_URL_REFUSED (400), WAQ_OUTGOING_FAILED (502), WAQ_OUTGOING_TIMEOUT (504),
   * WAQ_OUTGOING_TOO_LARGE (413)
   */
  request(request: OutgoingRequest): Promise<OutgoingAnswer>
  /** Cuts off what is under way and closes every connection. */
  close(): Promise<void>
}

/**
 * Guarded HTTP: what a stranger may name as a URL reaches the Internet and nothing else. A name is looked up once, all its
 * addresses are checked, and the connection goes to the very address that was checked.
 * @example
 * const outgoing = createOutgoing({ allowPrivate: ['10.0.0.5:5678'], ownPorts: () => [8080] })
 * const { status } = await outgoing.request({ url, timeoutMs: 15_000, maxBytes: 65_536, larger: 'cut' })
 */
export function createOutgoing({ resolve = systemResolve, connect = dial, ...rules }: OutgoingOptions = {}): Outgoing {
  const guard = new Guard(rules)
  const resolver = new Resolver(resolve)
  const connections = new Connections(connect)

  const send = async (request: OutgoingRequest, target: Target, signal: AbortSignal): Promise<OutgoingAnswer> => {
    const literal = guard.literal(target)
    const addresses = literal === undefined ? await settled(resolver.addresses(target.hostname), signal) : [literal]
    guard.demand(target, addresses)
    signal.throwIfAborted()
    return connections.lend(target, addresses, async (pool) => {
      const { url } = target
      const { method = 'GET', headers, body = null } = request
      const path = `${url.pathname}${url.search}`
      return read(request, await pool.request({ path, method, headers: { ...headers }, body, signal }))
    })
  }

  return {
    async check(url) {
      const target = parseTarget(url)
      if (guard.literal(target) !== undefined) return
      const addresses = await resolver.addresses(target.hostname).catch(() => [])
      guard.demand(target, addresses)
    },
    async request(request) {
      const target = parseTarget(request.url)
      const limit = new AbortController()
      const timer = setTimeout(() => limit.abort(), request.timeoutMs)
      const signal = request.signal ? AbortSignal.any([limit.signal, request.signal]) : limit.signal
      try {
        return await send(request, target, signal)
      } catch (thrown) {
        if (request.signal?.aborted) throw request.signal.reason
        if (limit.signal.aborted) {
          const message = `'${target.place}' took more than ${request.timeoutMs} ms`
          throw fail('WAQ_OUTGOING_TIMEOUT', message, { cause: thrown, details: { reason: message } })
        }
        if (isWaqtorError(thrown)) throw thrown
        const reason = `'${target.place}' ${wordsFor(thrown)}`
        throw fail('WAQ_OUTGOING_FAILED', reason, { cause: thrown, details: { reason } })
      } finally {
        clearTimeout(timer)
      }
    },
    close: () => connections.close(),
  }
}

/** Reads the answer as far as it is wanted. Leaving it in the middle ends the connection. */
async function read(
  { maxBytes, larger }: OutgoingRequest,
  { statusCode: status, headers, body }: Dispatcher.ResponseData,
): Promise<OutgoingAnswer> {
  const tooLarge = () => fail('WAQ_OUTGOING_TOO_LARGE', `the answer has more than ${maxBytes} bytes`)
  const announced = Number(headers['content-length'] ?? 0)
  if (larger === 'refuse' && announced > maxBytes) {
    // What has come already tells nobody that it was left, and an error that nobody hears would be the process's.
    body.on('error', () => {}).destroy()
    throw tooLarge()
  }
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    const part = chunk.subarray(0, maxBytes - bytes)
    if (part.byteLength < chunk.byteLength && larger === 'refuse') throw tooLarge()
    parts.push(part)
    bytes += part.byteLength
    if (larger === 'cut' && bytes === maxBytes) break
  }
  return { status, headers, body: Buffer.concat(parts) }
}

/** Waits for `work`, or until nobody waits any more. */
function settled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections',
  ECONNRESET: 'broke the connection off',
  EPIPE: 'broke the connection off',
  UND_ERR_SOCKET: 'broke the connection off',
  ENETUNREACH: 'cannot be reached from here',
  EHOSTUNREACH: 'cannot be reached from here',
  ETIMEDOUT: 'does not answer',
  TimeoutError: 'does not answer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'shows a certificate that it signed itself',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'shows a certificate for another name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'shows a certificate of an unknown issuer',
}

function wordsFor(thrown: unknown): string {
  const { code, name } = thrown as { readonly code?: unknown; readonly name?: unknown }
  return words[String(code)] ?? words[String(name)] ?? `could not be asked: ${messageOf(thrown)}`
}
