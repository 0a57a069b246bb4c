import { errorCodes, type HttpReply, type MountOptions, publicCode } from '@waqtor/contracts'
import { isWaqtorError, kernelErrorCodes, type WaqtorError } from '@waqtor/kernel'
import { httpErrorCodes } from './error-codes.ts'
import { refuse } from './refuse.ts'

const fixes: Readonly<Record<string, { readonly fix: string } | undefined>> = {
  ...kernelErrorCodes,
  ...errorCodes,
  ...httpErrorCodes,
}

/** What was thrown, as one of our errors; the cause of anything else stays inside. */
export function asError(thrown: unknown): WaqtorError {
  return isWaqtorError(thrown) ? thrown : refuse('WAQ_INTERNAL', 'the request failed', { cause: thrown })
}

/**
 * The problem document (RFC 9457) of an error. What went wrong on our side is not told: a message may name a path, a
 * statement or a secret. The caller gets the advice that belongs to the code instead, and the log has the rest.
 * @param written how the mount writes it, where it has a way of its own
 */
export function problemOf(error: WaqtorError, requestId: string, written?: MountOptions['problem']): HttpReply {
  const { code, message, retryAfter, details } = error
  const status = error.status >= 400 && error.status <= 599 ? error.status : 500
  const shown = publicCode(code)
  const fix = fixes[code]?.fix
  const ours = status >= 500
  const body = {
    ...(status === 500 ? undefined : details),
    type: `urn:waqtor:error:${shown}`,
    title: titleOf(shown),
    status,
    detail: ours ? (fix ?? httpErrorCodes.WAQ_INTERNAL.fix) : message,
    ...(!ours && fix !== undefined && { fix }),
    code: shown,
    requestId,
  }
  return {
    status,
    headers: {
      'content-type': written ? 'application/json' : 'application/problem+json',
      ...(retryAfter !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(retryAfter))) }),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(status === 405 && { allow: String(details?.allow ?? '') }),
    },
    body: JSON.stringify(written ? written(body) : body),
  }
}

/** `session_not_ready` → `Session not ready` */
function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
