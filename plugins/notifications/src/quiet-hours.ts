import type { QuietHours } from './contract.ts'

const MINUTE_MS = 60_000
const DAY = 24 * 60

/**
 * When quiet hours that hold at `now` are over; nothing when they do not hold. Milliseconds since 1970. Where the clocks are
 * set on the way the answer may be an hour early or late: whoever waits asks again then. Pure.
 */
export function quietUntil(hours: QuietHours | null, now: number): number | undefined {
  if (!hours) return undefined
  const from = minutes(hours.from)
  const to = minutes(hours.to)
  const at = minutes(clockAt(now, hours.zone))
  const length = (to - from + DAY) % DAY
  const gone = (at - from + DAY) % DAY
  if (gone >= length) return undefined
  return now - (now % MINUTE_MS) + (length - gone) * MINUTE_MS
}

function minutes(clock: string): number {
  const [hour, minute] = clock.split(':')
  return Number(hour) * 60 + Number(minute)
}

function clockAt(now: number, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(now)
}
