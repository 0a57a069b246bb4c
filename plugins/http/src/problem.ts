import { type HttpReply, type MountOptions, problemDocument } from '@waqtor/contracts'
import { isWaqtorError, type WaqtorError } from '@waqtor/kernel'
import { httpErrorCodes } from './error-codes.ts'
import { refuse } from './refuse.ts'

/** What was thrown, as one of our errors; the cause of anything else stays inside. */
export function asError(thrown: unknown): WaqtorError {
  return isWaqtorError(thrown) ? thrown : refuse('WAQ_INTERNAL', 'the request failed', { cause: thrown })
}

/**
 * The problem document (RFC 9457) of an error, as an answer.
 * @param written how the mount writes it, where it has a way of its own
 */
export function problemOf(error: WaqtorError, requestId: string, written?: MountOptions['problem']): HttpReply {
  const { retryAfter, details } = error
  const document = problemDocument(error, requestId, httpErrorCodes)
  const { status } = document
  return {
    status,
    headers: {
      'content-type': written ? 'application/json' : 'application/problem+json',
      ...(retryAfter !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(retryAfter))) }),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(status === 405 && { allow: String(details?.allow ?? '') }),
      ...(status === 416 && { 'content-range': String(details?.contentRange ?? '*') }),
    },
    body: JSON.stringify(written ? written(document) : document),
  }
}
