import { type SendFailure, TransportError } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import { TimeLimitError } from '../library/limited.ts'
import { problemInWords } from './reasons.ts'

const unregistered = /No LID for user|not registered|number.*not.*(exist|valid)/i
const malformed = /invalid wid|wid error|createWid/i
const gone =
  /detached Frame|Target closed|Session closed|Connection closed|Execution context was destroyed|Cannot find context|Protocol error/i

/**
 * How a send ended that threw. Only what proves that nothing left is called by its name; the page may have taken the
 * message before anything else broke.
 */
export function sendFailure(error: unknown): TransportError {
  if (error instanceof TransportError) return error
  const text = messageOf(error)
  const failure: SendFailure = unregistered.test(text) || malformed.test(text) ? 'invalid-number' : 'unknown'
  if (failure === 'invalid-number')
    return new TransportError(failure, 'this number is not on WhatsApp', { cause: error })
  return new TransportError('unknown', inWords(error, text), { cause: error })
}

/** Why an act or a look did not work; these leave nothing in doubt. */
export function callFailure(error: unknown): TransportError {
  if (error instanceof TransportError) return error
  const text = messageOf(error)
  if (error instanceof TimeLimitError) return new TransportError('unknown', text, { cause: error })
  return new TransportError(gone.test(text) ? 'not-connected' : 'unknown', inWords(error, text), { cause: error })
}

function inWords(error: unknown, text: string): string {
  if (error instanceof TimeLimitError) return text
  return gone.test(text) ? 'the page went away while it worked' : problemInWords(text)
}
