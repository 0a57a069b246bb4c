import type { CliIo } from '@waqtor/contracts'
import type { Campaign } from '../contract.ts'
import { bar, summary } from './follow.ts'
import { only, parse } from './usage.ts'

const options = { instance: { type: 'string', default: 'default' } } as const

/** `waqtor campaign status <id>` */
export async function statusCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, options)
  await using client = await io.connect()
  const campaign = (await client.execute('campaigns.get', {
    instance: values.instance,
    campaignId: only(positionals, 'the id of the campaign'),
  })) as Campaign
  if (io.json) io.print(JSON.stringify(campaign))
  else for (const line of [campaign.name, ...summary(campaign)]) io.print(line)
  return 0
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
