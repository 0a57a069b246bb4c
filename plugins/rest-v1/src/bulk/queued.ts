import { type CompatibleExecute, fail } from '@waqtor/contracts'
import { invalidInput } from '@waqtor/http-input'
import { isWaqtorError } from '@waqtor/kernel'
import type * as campaigns from '@waqtor/plugin-campaigns/contract'
import type { Fields } from '../fields.ts'
import { broadcast, type Recipient, type Shared } from '../recipients.ts'

/** What is answered about the campaign that a list became. */
export interface QueuedBulk {
  readonly id: string
  readonly campaignId: string
  readonly name: string
  readonly status: string
  readonly total: number
  readonly duplicates: number
  readonly rejectedCount: number
  readonly rejected: readonly { readonly line: number; readonly value: string; readonly reason: string }[]
}

/** Makes a campaign of a long list, without starting it. @throws WaqtorError WAQ_INPUT_INVALID (400) when nobody is left */
export async function makeCampaign(
  { instance, body }: { readonly instance: string; readonly body: Fields },
  recipients: readonly Recipient[],
  shared: Shared,
  execute: CompatibleExecute,
): Promise<QueuedBulk> {
  const name = typeof body.name === 'string' && body.name !== '' ? body.name : `Bulk send to ${recipients.length}`
  const { pacing, sendingHours, courtesy } = body
  const made = await execute<typeof campaigns.createCampaign>('campaigns.create', {
    instance,
    name,
    ...broadcast(recipients, shared),
    ...(pacing !== undefined && { pacing }),
    ...(sendingHours !== undefined && { sendingHours }),
    ...(courtesy !== undefined && { courtesy }),
  })
  const { campaignId, accepted, duplicates, rejectedCount, rejected } = made
  if (accepted === 0) {
    await execute<typeof campaigns.deleteCampaign>('campaigns.delete', { instance, campaignId })
    const [first] = rejected
    throw invalidInput(
      'recipients',
      first ? `none of them can be sent to: ${first.reason}` : 'none of them can be sent to',
    )
  }
  return { id: campaignId, campaignId, name, status: 'running', total: accepted, duplicates, rejectedCount, rejected }
}

/** Starts the campaign of a list. */
export async function startCampaign(instance: string, campaignId: string, execute: CompatibleExecute): Promise<void> {
  await execute<typeof campaigns.startCampaign>('campaigns.start', { instance, campaignId })
}

/** As `startCampaign`, for one that may have been started before: whatever has become of it since is left as it is. */
export async function demandStarted(instance: string, campaignId: string, execute: CompatibleExecute): Promise<void> {
  try {
    await startCampaign(instance, campaignId, execute)
  } catch (error) {
    if (!isWaqtorError(error) || !['WAQ_CONFLICT', 'WAQ_NOT_FOUND'].includes(error.code)) throw error
  }
}

/** Where there are no campaigns a long list cannot be sent. */
export function tooMany(instantUpTo: number): Error {
  return fail(
    'WAQ_BODY_TOO_LARGE',
    `at most ${instantUpTo} recipients at once are sent to here: longer lists need the campaigns plugin`,
  )
}
