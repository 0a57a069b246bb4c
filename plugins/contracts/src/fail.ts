import { type ErrorOptions, WaqtorError } from '@waqtor/kernel/errors'
import { errorCodes, type SharedErrorCode } from './errors.ts'

/** A code as doors show it: `WAQ_SESSION_NOT_READY` → `session_not_ready`. */
export function publicCode(code: string): string {
  return code.slice('WAQ_'.length).toLowerCase()
}

/** Makes an error with the status of the shared table: `throw fail('WAQ_NOT_FOUND', "there is no campaign 'x'")`. */
export function fail(code: SharedErrorCode, message: string, options: Omit<ErrorOptions, 'status'> = {}): WaqtorError {
  return new WaqtorError(code, message, { ...options, status: errorCodes[code].status })
}
