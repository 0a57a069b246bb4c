import { fail } from '@waqtor/contracts'

/** A place in a log. */
export interface Place {
  readonly sequence: number
  /** The log it belongs to; absent when the caller wrote a bare sequence. */
  readonly log?: string
  /** Id of the event at `sequence`, by which a restored log is told from the one that went on. */
  readonly mark?: string
}

const bareSequence = /^\d{1,15}$/
const wholeCursor = /^1\.([0-9a-f]{16})\.(\d{1,15})\.([\w]{0,40})$/

/** Writes a place down as an opaque cursor. */
export function encodeCursor(log: string, sequence: number, mark: string): string {
  return Buffer.from(`1.${log}.${sequence}.${mark}`).toString('base64url')
}

/** Reads a cursor or a bare sequence. @throws WaqtorError WAQ_CURSOR_INVALID (400) */
export function decodeCursor(text: string): Place {
  if (bareSequence.test(text)) return { sequence: Number(text) }
  const match = wholeCursor.exec(Buffer.from(text, 'base64url').toString())
  if (!match) throw fail('WAQ_CURSOR_INVALID', 'the cursor is neither one that was answered nor a sequence')
  const [, log, sequence, mark] = match
  return { log: log!, sequence: Number(sequence), mark: mark! }
}
