/** When messages may go out, by the clock on a wall. */
export interface SendingHours {
  /** `HH:mm`, the first minute in which a message may go. */
  readonly from: string
  /** `HH:mm`, the first minute in which none may. Before `from`: on the next day. Equal to `from`: all day. */
  readonly to: string
  /** `recipient`, each by the clock where they live, or an IANA zone that holds for everybody. */
  readonly zone: string
}

/** `09:00`. Midnight is `00:00`, as an end as well. */
export const timeOfDay = /^(?:[01]\d|2[0-3]):[0-5]\d$/

/**
 * Whether this Node knows the IANA zone. Fixed offsets (`+03:00`) are no zones: they are wrong for half of the year where
 * clocks change.
 * @example z.string().refine((it) => it === 'recipient' || isZone(it), "write 'recipient', or a zone such as 'Asia/Riyadh'")
 */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
