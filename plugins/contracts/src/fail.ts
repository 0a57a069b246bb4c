import { type ErrorOptions, WaqtorError } from '@waqtor/kernel/errors'
import { errorCodes, type SharedErrorCode } from './errors.ts'

/** Makes an error with the status of the shared table: `throw fail('WAQ_NOT_FOUND', "there is no campaign 'x'")`. */
export function fail(code: SharedErrorCode, message: string, options: Omit<ErrorOptions, 'status'> = {}): WaqtorError {
  return new WaqtorError(code, message, { ...options, status: errorCodes[code].status })
}
