import { type ErrorOptions, WaqtorError } from '@waqtor/kernel'
import { type OutgoingErrorCode, outgoingErrorCodes } from './error-codes.ts'

/** Makes an error with the status of this package's table. */
export function refuse(
  code: OutgoingErrorCode,
  message: string,
  options: Omit<ErrorOptions, 'status'> = {},
): WaqtorError {
  return new WaqtorError(code, message, { ...options, status: outgoingErrorCodes[code].status })
}
