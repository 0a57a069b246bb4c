import type { CliIo } from '@waqtor/contracts'
import { isWaqtorError } from '@waqtor/kernel'
import type { Campaign } from '../contract.ts'
import { createFrom } from './create.ts'
import { follow, nextSteps, summary } from './follow.ts'
import { lostSight } from './lost-sight.ts'
import { retryable } from './retryable.ts'
import { isBroken } from './warnings.ts'

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
  if (isBroken(created.warnings)) {
    if (io.json) io.print(JSON.stringify(created))
    else {
      io.print(`${campaignId} is left a draft: everybody would see what is wrong in its text`)
      io.print(`  waqtor campaign start ${campaignId}    sends it as it is`)
      io.print(`  waqtor campaign cancel ${campaignId}   gives it up`)
    }
    return 1
  }
  const one = { instance, campaignId }
  let isStarted = false
  let campaign: Campaign
  try {
    await client.execute('campaigns.start', one)
    isStarted = true
    campaign = await follow(client, one, io)
  } catch (error) {
    if (!io.signal.aborted || !isWaqtorError(error) || error.code !== 'WAQ_ABORTED')
      throw lostSight(campaignId, isStarted, error)
    // Ctrl-C ended the call that would have told how it stands.
    if (io.json) io.print(JSON.stringify(created))
    else {
      io.print(
        `${campaignId} ${isStarted ? 'is started, and goes on while a host runs' : 'is made, and may be started'}`,
      )
      io.print(`  waqtor campaign status ${campaignId}   shows how far it is`)
    }
    return 1
  }
  if (io.json) io.print(JSON.stringify({ ...created, ...campaign }))
  else {
    const more = io.signal.aborted ? campaign.failed : await retryable(client, one, campaign)
    const steps = nextSteps(campaign, { retryable: more, hasHost: client.hasHost })
    for (const line of [...summary(campaign), ...steps]) io.print(line)
  }
  return campaign.status === 'completed' && campaign.failed === 0 ? 0 : 1
}
