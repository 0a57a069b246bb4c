export { isZone, timeOfDay } from '../contract/plan.ts'

/** When messages may go out, by the clock on a wall. */
export interface SendingHours {
  /** `HH:mm`, the first minute in which a message may go. */
  readonly from: string
  /** `HH:mm`, the first minute in which none may. Before `from`: on the next day. Equal to `from`: all day. */
  readonly to: string
  /** `recipient`, each by the clock where they live, or an IANA zone that holds for everybody. */
  readonly zone: string
}
