import type { IncomingMessage } from 'node:http'
import { fail } from '@waqtor/contracts'
import { refuse } from './refuse.ts'

export type Incoming = IncomingMessage & {
  /** Where @hono/node-server looks for a body that was read already. */
  rawBody?: Buffer
  /** Tells a client to go ahead that waits for leave to send more than the server's limit. */
  askFor?: () => void
}

/** True when the headers announce more than `limit` bytes. */
export function announcesTooMuch({ headers }: IncomingMessage, limit: number): boolean {
  return Number(headers['content-length'] ?? 0) > limit
}

/**
 * Holds a request's body to its limit, whichever way its length is told. An announced length is held by the HTTP parser;
 * a body in chunks is read here, no further than the limit, and kept where @hono/node-server looks for one that was read.
 * @throws WaqtorError WAQ_BODY_TOO_LARGE (413)
 */
export function guardBody(incoming: Incoming, limit: number): Promise<unknown> | undefined {
  if (announcesTooMuch(incoming, limit)) throw tooLarge(limit)
  return incoming.headers['transfer-encoding'] === undefined ? undefined : readBody(incoming, limit)
}

/** @throws WaqtorError WAQ_ENCODING_UNSUPPORTED (415): a small body may unfold to a huge one */
export function refuseCompressed({ headers }: Incoming): void {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw refuse('WAQ_ENCODING_UNSUPPORTED', 'the body is compressed')
}

/**
 * The whole body, which is kept for whoever asks again.
 * @throws WaqtorError WAQ_BODY_TOO_LARGE (413) at the first byte too many
 */
export function readBody(incoming: Incoming, limit: number): Promise<Buffer> {
  if (incoming.rawBody) return Promise.resolve(incoming.rawBody)
  const whole = takeWhole(incoming, limit)
  if (whole) return Promise.resolve(whole)
  return new Promise((resolve, reject) => {
    if (announcesTooMuch(incoming, limit)) return reject(tooLarge(limit))
    // Gone already: it would never say so again.
    if (incoming.destroyed) return reject(brokeOff())
    const chunks: Buffer[] = []
    let size = 0
    const settle = () => incoming.off('data', take).off('end', end).off('error', broken).off('close', broken)
    const take = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= limit) return
      settle().pause()
      reject(tooLarge(limit))
    }
    const end = () => {
      settle()
      incoming.rawBody = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)
      resolve(incoming.rawBody)
    }
    const broken = () => {
      settle()
      reject(brokeOff())
    }
    incoming.on('data', take).on('end', end).on('error', broken).on('close', broken)
  })
}

/** The body where all of it came along with the headers, as most do: then there is no need to listen for its pieces. */
function takeWhole(incoming: Incoming, limit: number): Buffer | undefined {
  const length = Number(incoming.headers['content-length'])
  if (!(length > 0 && length <= limit) || incoming.readableLength !== length || incoming.destroyed) return undefined
  const body: Buffer = incoming.read()
  incoming.rawBody = body
  // For its end to be seen.
  incoming.resume()
  return body
}

export function brokeOff(cause?: unknown): Error {
  return refuse('WAQ_REQUEST_INVALID', 'the body broke off', { cause })
}

export function tooLarge(limit: number): Error {
  return fail('WAQ_BODY_TOO_LARGE', `the body is larger than ${limit} bytes`)
}
