import { type ErrorOptions, WaqtorError } from '@waqtor/kernel'
import { httpErrorCodes } from './error-codes.ts'

/** Makes an error with the status of this plugin's table. */
export function refuse(
  code: keyof typeof httpErrorCodes,
  message: string,
  options: Omit<ErrorOptions, 'status'> = {},
): WaqtorError {
  return new WaqtorError(code, message, { ...options, status: httpErrorCodes[code].status })
}
