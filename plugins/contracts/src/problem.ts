import { kernelErrorCodes, type WaqtorError } from '@waqtor/kernel'
import { errorCodes } from './errors.ts'
import { publicCode } from './fail.ts'

/** What stands in a problem document (RFC 9457). The details of an error stand beside these. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly fix?: string
  /** snake_case: `session_not_ready` */
  readonly code: string
  readonly requestId: string
  readonly [detail: string]: unknown
}

type Fixes = Readonly<Record<string, { readonly fix: string } | undefined>>

const shared: Fixes = { ...kernelErrorCodes, ...errorCodes }
const INSIDE = 'The log has the cause under the same request id.'

/**
 * An error as doors tell it. What went wrong on our side is not told: a message may name a path, a statement or a secret.
 * The caller gets the advice that belongs to the code instead, and the log has the rest.
 * @param more advice for the codes of the door's own
 */
export function problemDocument(error: WaqtorError, requestId: string, more: Fixes = {}): Problem {
  const { code, message, details } = error
  const status = error.status >= 400 && error.status <= 599 ? error.status : 500
  const shown = publicCode(code)
  const fix = (more[code] ?? shared[code])?.fix
  const ours = status >= 500
  return {
    ...(status === 500 ? undefined : details),
    type: `urn:waqtor:error:${shown}`,
    title: titleOf(shown),
    status,
    detail: ours ? (fix ?? INSIDE) : message,
    ...(!ours && fix !== undefined && { fix }),
    code: shown,
    requestId,
  }
}

/** `session_not_ready` → `Session not ready` */
function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
