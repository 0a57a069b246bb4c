import { createRequire } from 'node:module'
import type * as Luxon from 'luxon'

let library: typeof Luxon | undefined

/** The calendar's library, loaded when a plan first has to do with days: campaigns without hours and schedules have not. */
export function luxon(): typeof Luxon {
  library ??= createRequire(import.meta.url)('luxon') as typeof Luxon
  return library
}
