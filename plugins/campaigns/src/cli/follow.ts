import { setTimeout as sleep } from 'node:timers/promises'
import type { CliIo, CommandClient } from '@waqtor/contracts'
import type { Campaign, Progress } from '../contract.ts'

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
  for (;;) {
    const campaign = (await client.execute('campaigns.get', one)) as Followed
    if (io.json) io.note(JSON.stringify(campaign))
    else if (io.interactive)
      process.stderr.write(`\r\u001b[2K${bar(campaign, (performance.now() - started) / 1000)}${waiting(campaign)}`)
    if (ended.has(campaign.status) || io.signal.aborted) {
      if (io.interactive && !io.json) process.stderr.write('\n')
      return campaign
    }
    await sleep(everyMs, undefined, { signal: io.signal }).catch(() => {})
  }
}

type Followed = Campaign & { readonly progress?: Progress }

/** Why it stands still, where it does on purpose. */
function waiting({ progress }: Followed): string {
  if (!progress?.nextAt || progress.nextAt - Date.now() < 2_000) return ''
  const until = new Date(progress.nextAt).toLocaleString('sv-SE').slice(0, 16)
  return ` · waits until ${until} (${progress.limitedBy})`
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
    campaignId,
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
    startedAt,
    finishedAt,
  } = campaign
  const took = startedAt && finishedAt ? ` in ${((finishedAt - startedAt) / 1000).toFixed(1)} s` : ''
  return [
    `${status}${reason ? ` (${reason})` : ''}${took}`,
    `  ${total} recipients: ${sent} sent (${delivered} delivered, ${read} read so far), ${failed} failed, ${skipped} skipped, ${held} held, ${queued} open`,
    `  waqtor campaign status ${campaignId}`,
  ]
}
