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
  if (!progress) return []
  const lines = status === 'scheduled' ? planned(progress, scheduleAt ?? 0) : []
  if (status === 'running' && hasHost !== false) lines.push(...present(progress))
  return lines.map((it) => `  ${it}`)
}

function planned(progress: Progress, startsAt: number): string[] {
  const { nextAt } = progress
  const waits = nextAt !== null && nextAt > startsAt ? [`its first message waits until ${when(nextAt)}`] : []
  return [`starts by itself at ${when(startsAt)} (${ownZone()})`, ...waits, ...end(progress)]
}

function present(progress: Progress): string[] {
  const { remaining, ratePerMinute, nextAt, limitedBy } = progress
  const lines = [`${remaining} left, ${ratePerMinute} begun in the last minute`]
  if (nextAt !== null && nextAt > Date.now()) lines.push(`waits until ${when(nextAt)}`)
  if (limitedBy === 'session' || limitedBy === 'doubt') lines.push(obstacles[limitedBy])
  return [...lines, ...end(progress)]
}

function end({ expectedFinishAt, limitedBy }: Progress): string[] {
  return expectedFinishAt === null ? [] : [`done about ${when(expectedFinishAt)}, mostly because of: ${limitedBy}`]
}

function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
