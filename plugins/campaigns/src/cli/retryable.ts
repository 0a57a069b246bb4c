import type { CommandClient } from '@waqtor/contracts'
import type { z } from '@waqtor/kernel'
import type { Campaign, Stats } from '../contract.ts'

/** How many of the failed ones `retry` would take: a number that is not on WhatsApp is not tried again. */
export async function retryable(
  client: CommandClient,
  one: { readonly instance: string; readonly campaignId: string },
  { status, failed }: Campaign,
): Promise<number> {
  if (status !== 'completed' || failed === 0) return failed
  const { reasons } = (await client.execute('campaigns.stats', one)) as z.output<typeof Stats>
  return reasons
    .filter((it) => it.state === 'failed' && it.reason !== 'not-on-whatsapp')
    .reduce((sum, it) => sum + it.count, 0)
}
