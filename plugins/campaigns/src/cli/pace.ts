import type { Campaign, Progress } from '../contract.ts'
import { when } from './when.ts'

/** A campaign as `campaigns.get` answers it. */
export type Followed = Campaign & { readonly progress?: Progress }

/** What keeps everything from going on, in words. */
const obstacles = {
  session: 'the account is not connected: nothing goes out until it is',
  doubt: 'what became of the last ones is not known: each is looked for in its chat',
}

/**
 * How fast it goes, what it waits for, and when it begins and ends.
 * @param hasHost without a host nothing goes on, so that no end can be told
 */
export function pace({ status, scheduleAt, progress }: Followed, hasHost: boolean | undefined): string[] {
  if (!progress || (status !== 'running' && status !== 'scheduled')) return []
  const { remaining, ratePerMinute, nextAt, expectedFinishAt, limitedBy } = progress
  const isScheduled = status === 'scheduled'
  const isLater = nextAt !== null && nextAt > (isScheduled ? (scheduleAt ?? 0) : Date.now())
  const lines = [
    ...(isScheduled && scheduleAt !== null ? [`starts by itself at ${when(scheduleAt)} (${ownZone()})`] : []),
    ...(isScheduled || hasHost === false ? [] : [`${remaining} left, ${ratePerMinute} begun in the last minute`]),
    ...(isLater && isScheduled ? [`its first message waits until ${when(nextAt)}`] : []),
    ...(isLater && !isScheduled && hasHost !== false ? [`waits until ${when(nextAt)}`] : []),
    ...(expectedFinishAt !== null && (isScheduled || hasHost !== false)
      ? [`done about ${when(expectedFinishAt)}, mostly because of: ${limitedBy}`]
      : []),
    ...(!isScheduled && hasHost !== false && limitedBy !== null && limitedBy in obstacles
      ? [obstacles[limitedBy as keyof typeof obstacles]]
      : []),
  ]
  return lines.map((it) => `  ${it}`)
}

function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
