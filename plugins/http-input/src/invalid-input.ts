import { WaqtorError } from '@waqtor/kernel'

/**
 * Refuses a field of a request in the words in which the kernel refuses one.
 * @example throw invalidInput('instance', 'the body names another one than the query')
 */
export function invalidInput(path: string, message: string, said = `'${path}': ${message}`): WaqtorError {
  return new WaqtorError('WAQ_INPUT_INVALID', said, { details: { errors: [{ path, message }] } })
}
