import { WaqtorError } from '@waqtor/kernel'

/** Refuses a field of the input that its schema cannot judge. */
export function invalid(path: string, message: string): WaqtorError {
  return new WaqtorError('WAQ_INPUT_INVALID', `'${path}': ${message}`, { details: { errors: [{ path, message }] } })
}
