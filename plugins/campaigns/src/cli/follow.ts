import { setTimeout as sleep } from 'node:timers/promises'
import type { CliIo, CommandClient } from '@waqtor/contracts'
import type { Campaign } from '../contract.ts'
import type { Followed } from './pace.ts'
import { plural } from './plural.ts'
import { when } from './when.ts'

const everyMs = 250
const ended: ReadonlySet<string> = new Set(['completed', 'cancelled', 'failed', 'paused'])
const barWidth = 28

/** Shows a campaign until it ends or pauses, or until the person presses Ctrl-C. Answers how it stands then. */
export async function follow(
  client: CommandClient,
  one: { readonly instance: string; readonly campaignId: string },
  io: CliIo,
): Promise<Campaign> {
  const started = performance.now()
  const hasBar = io.interactive && !io.json
  let noted = ''
  let seen: Followed | undefined
  for (;;) {
    let campaign: Followed
    try {
      campaign = (await client.execute('campaigns.get', one)) as Followed
      seen = campaign
    } catch (error) {
      // What is said next must not stand behind the bar.
      if (hasBar) process.stderr.write('\n')
      if (io.signal.aborted && seen) return seen
      throw error
    }
    if (io.json) io.note(JSON.stringify(campaign))
    else if (hasBar)
      process.stderr.write(`\r\u001b[2K${bar(campaign, (performance.now() - started) / 1000)}${waiting(campaign)}`)
    else if (waiting(campaign) !== noted) {
      // Without a bar somebody would wonder why nothing happens.
      noted = waiting(campaign)
      if (noted !== '') io.note(noted.slice(' · '.length))
    }
    if (!ended.has(campaign.status)) await sleep(everyMs, undefined, { signal: io.signal }).catch(() => {})
    // Ctrl-C ends every call of the client, so that how it stands cannot be asked once more.
    if (ended.has(campaign.status) || io.signal.aborted) {
      if (hasBar) process.stderr.write('\n')
      return campaign
    }
  }
}

/** Why it stands still, where it does on purpose. */
function waiting({ progress }: Followed): string {
  if (!progress?.nextAt || progress.nextAt - Date.now() < 2_000) return ''
  return ` · waits until ${when(progress.nextAt)} (${progress.limitedBy})`
}

/** One line: `█████░░░  420 / 1000 · 84/s · 7 s left` */
export function bar({ total, queued, held }: Campaign, seconds: number): string {
  const done = total - queued - held
  const share = total === 0 ? 1 : done / total
  const filled = Math.round(share * barWidth)
  const rate = seconds > 0 ? done / seconds : 0
  const left = rate > 0 && queued > 0 ? ` · ${Math.ceil(queued / rate)} s left` : ''
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}  ${done} / ${total} · ${rate.toFixed(0)}/s${left}${held > 0 ? ` · ${held} held` : ''}`
}

/** What a person wants to know at the end. */
export function summary(campaign: Campaign): string[] {
  const {
    status,
    reason,
    total,
    sent,
    delivered,
    read,
    failed,
    skipped,
    held,
    queued,
    leftOut,
    startedAt,
    finishedAt,
  } = campaign
  const took = startedAt && finishedAt ? ` in ${((finishedAt - startedAt) / 1000).toFixed(1)} s` : ''
  return [
    `${status}${reason ? ` (${reason})` : ''}${took}`,
    `  ${plural(total, 'recipient')}: ${sent} sent (${delivered} delivered, ${read} read so far), ${failed} failed, ${skipped} skipped, ${held} held, ${queued} open`,
    ...(leftOut > 0 ? [`  ${leftOut} more of the audience are left out: a variable has no value for them`] : []),
  ]
}

export interface Outlook {
  /** How many of the failed ones can be tried again. */
  readonly retryable: number
  readonly hasHost: boolean | undefined
}

/** What becomes of it, and what can be done about it. */
export function nextSteps(
  { campaignId, status, reason, failed, held }: Campaign,
  { retryable, hasHost }: Outlook,
): string[] {
  const on = (command: string, words: string) => `  waqtor campaign ${command.replace('<id>', campaignId)}   ${words}`
  const goesOn = hasHost === false ? 'at the next start: no host runs (`waqtor start`)' : 'while a host runs'
  if (status === 'running')
    return [`${campaignId} goes on ${goesOn}`, on('status <id>', 'shows how far it is'), on('pause <id>', 'stops it')]
  if (status === 'paused' && held > 0 && reason === 'held')
    return [
      'nobody knows whether the held ones arrived: look into their chats, then say what is to become of them',
      on('export <id> --state held', 'lists them'),
      on('resolve <id> --as sent|resend|skip', 'decides'),
    ]
  if (status === 'paused') return [on('resume <id>', 'goes on'), on('cancel <id>', 'ends it')]
  if (status === 'draft') return [on('preview <id>', 'shows what it would send'), on('start <id>', 'starts it')]
  if (status === 'scheduled')
    return [
      ...(hasHost === false ? ['no host runs: it starts only while one does (`waqtor start`)'] : []),
      on('preview <id>', 'shows what it would send'),
      on('cancel <id>', 'ends it before it starts'),
    ]
  if (status === 'completed' && failed > 0)
    return [
      on('stats <id>', 'tells why some failed'),
      ...(retryable > 0
        ? [on('retry <id>', `tries ${retryable < failed ? `${retryable} of them` : 'them'} again`)]
        : []),
    ]
  return [on('status <id>', 'shows later how many read it'), on('export <id>', 'lists what became of each')]
}
