import type { CliIo } from '@waqtor/contracts'
import { createFrom } from './create.ts'
import { follow, nextSteps, summary } from './follow.ts'

/** `waqtor campaign run <file> --template '…'` */
export async function runCommand(argv: readonly string[], io: CliIo): Promise<number> {
  await using made = await createFrom(argv, io)
  const { client, instance, created, isEmpty } = made
  const { campaignId, status } = created
  if (isEmpty) {
    if (io.json) io.print(JSON.stringify(created))
    return 1
  }
  if (status === 'scheduled') {
    io.print(io.json ? JSON.stringify(created) : `${campaignId} is scheduled: it starts by itself while a host runs`)
    return 0
  }
  const one = { instance, campaignId }
  await client.execute('campaigns.start', one)
  const campaign = await follow(client, one, io)
  if (io.json) io.print(JSON.stringify({ ...created, ...campaign }))
  else for (const line of [...summary(campaign), ...nextSteps(campaign)]) io.print(line)
  return campaign.status === 'completed' && campaign.failed === 0 ? 0 : 1
}
