import type { CliIo } from '@waqtor/contracts'
import { only, parse } from '@waqtor/contracts/cli-usage'
import type { z } from '@waqtor/kernel'
import type { Campaign, Stats as StatsSchema } from '../contract.ts'
import { bar, nextSteps, summary } from './follow.ts'
import { type Followed, pace } from './pace.ts'
import { plural } from './plural.ts'
import { retryable } from './retryable.ts'

type Stats = z.output<typeof StatsSchema>

const options = { instance: { type: 'string', default: 'default' } } as const

/** `waqtor campaign status <id>` */
export async function statusCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, options)
  const campaignId = only(positionals, 'the id of the campaign')
  await using client = await io.connect()
  const one = { instance: values.instance, campaignId }
  const campaign = (await client.execute('campaigns.get', one)) as Followed
  if (io.json) {
    io.print(JSON.stringify(campaign))
    return 0
  }
  const { hasHost } = client
  const steps = nextSteps(campaign, { retryable: await retryable(client, one, campaign), hasHost })
  for (const line of [campaign.name, ...summary(campaign), ...pace(campaign, hasHost), ...steps]) io.print(line)
  return 0
}

/** `waqtor campaign stats <id>` */
export async function statsCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, options)
  const campaignId = only(positionals, 'the id of the campaign')
  await using client = await io.connect()
  const stats = (await client.execute('campaigns.stats', { instance: values.instance, campaignId })) as Stats
  if (io.json) {
    io.print(JSON.stringify(stats))
    return 0
  }
  io.print(counts(stats))
  if (stats.optedOut > 0) io.print(`  ${stats.optedOut} of those who replied opted out`)
  for (const { state, reason, count } of stats.reasons) io.print(`  ${count} ${state}: ${reason ?? 'no reason'}`)
  if (stats.variants.length > 1) for (const it of stats.variants) io.print(`  ${it.name}: ${counts(it)}`)
  return 0
}

function counts({
  total,
  sent,
  delivered,
  read,
  replied,
  failed,
  skipped,
  held,
}: Omit<Stats['variants'][number], 'name'>): string {
  return `${plural(total, 'recipient')}: ${sent} sent, ${delivered} delivered, ${read} read, ${replied} replied, ${failed} failed, ${skipped} skipped, ${held} held`
}

/** `waqtor campaign list` */
export async function listCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values } = parse(argv, options)
  await using client = await io.connect()
  const { items } = (await client.execute('campaigns.list', { instance: values.instance, limit: 50 })) as {
    items: Campaign[]
  }
  if (io.json) io.print(JSON.stringify(items))
  else if (items.length === 0) io.print("no campaigns yet: waqtor campaign run people.csv --template 'Hello {{name}}'")
  else
    for (const it of items)
      io.print(`${it.campaignId}  ${it.status.padEnd(9)}  ${bar(it, 0).replace(/ · 0\/s/, '')}  ${it.name}`)
  return 0
}
