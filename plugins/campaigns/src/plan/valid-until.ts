import { WaqtorError } from '@waqtor/kernel'

/**
 * Refuses an end that would let a campaign send nothing.
 * @param validUntil ISO 8601 with its offset
 * @param scheduleAt when the campaign starts, in milliseconds since 1970 (UTC); null when it has no time
 * @throws WaqtorError WAQ_INPUT_INVALID with what to write instead
 */
export function requireLaterEnd(validUntil: string, scheduleAt: number | null, now: number): void {
  const end = Date.parse(validUntil)
  if (end <= now) throw refused(validUntil, 'has passed; write a time that is to come')
  if (scheduleAt !== null && end <= scheduleAt)
    throw refused(validUntil, `is not after 'scheduleAt' (${new Date(scheduleAt).toISOString()}); write a later time`)
}

function refused(input: string, message: string): WaqtorError {
  return new WaqtorError('WAQ_INPUT_INVALID', `'validUntil' '${input.slice(0, 80)}' ${message}`, {
    details: { errors: [{ path: 'validUntil', message }] },
  })
}
