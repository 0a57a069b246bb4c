import type { CliIo } from '@waqtor/contracts'
import { createFrom } from './create.ts'
import { follow, summary } from './follow.ts'

/** `waqtor campaign run <file> --template '…'` */
export async function runCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { client, instance, created } = await createFrom(argv, io)
  await using _ = client
  const { campaignId, status, accepted } = created
  const one = { instance, campaignId }
  if (accepted === 0 && !argv.includes('--audience')) {
    io.note('no line of the file can be used; nothing is sent')
    await client.execute('campaigns.delete', one)
    return 1
  }
  if (status === 'scheduled') {
    io.print(io.json ? JSON.stringify(created) : `${campaignId} is scheduled; it starts by itself while a host runs`)
    return 0
  }
  await client.execute('campaigns.start', one)
  const campaign = await follow(client, one, io)
  if (io.json) io.print(JSON.stringify({ ...created, ...campaign }))
  else for (const line of summary(campaign)) io.print(line)
  if (campaign.status === 'running' && !io.json)
    io.note(`not finished; it goes on while a host runs. Pause it with: waqtor campaign pause ${campaignId}`)
  return campaign.status === 'completed' && campaign.failed === 0 ? 0 : 1
}
