import { type ErrorOptions, WaqtorError } from '@waqtor/kernel'
import { mcpErrorCodes } from './error-codes.ts'

/** Makes an error of this plugin's own table. */
export function refuse(code: keyof typeof mcpErrorCodes, message: string, options: ErrorOptions = {}): WaqtorError {
  return new WaqtorError(code, message, { ...options, status: mcpErrorCodes[code].status })
}
