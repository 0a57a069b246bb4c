import { hash } from 'node:crypto'
import type { CompatibleExecute, CompatibleRequest, CompatibleRoute } from '@waqtor/contracts'
import { HttpCall } from '@waqtor/http-input'
import type { KernelView } from '@waqtor/kernel'
import type { BulkKeys } from '../bulk/bulk-keys.ts'
import { sendInstantly } from '../bulk/instant.ts'
import { demandStarted, makeCampaign, type QueuedBulk, startCampaign, tooMany } from '../bulk/queued.ts'
import { isFields, text } from '../fields.ts'
import { variablesOf } from '../message-text.ts'
import { type Recipient, recipientsOf, type Shared } from '../recipients.ts'

export interface BulkRouteOptions {
  readonly kernel: KernelView
  readonly keys: BulkKeys
  /** Lists up to this long are sent at once; longer ones become a campaign. */
  readonly instantUpTo: number
}

type Answer = Promise<Readonly<Record<string, unknown>>>

/** `/messages/send-bulk`: a few messages at once, or a campaign for many. */
export function bulkRoute({ kernel, keys, instantUpTo }: BulkRouteOptions): CompatibleRoute {
  return {
    method: 'POST',
    path: '/messages/send-bulk',
    commands: ['messages.sendText'],
    body: 'large',
    async answer(request, execute) {
      const recipients = recipientsOf(request.body)
      const shared = sharedOf(request)
      const isFew = recipients.length <= instantUpTo
      if (!isFew && !kernel.commands.get('campaigns.create')) throw tooMany(instantUpTo)
      const { idempotencyKey: key } = new HttpCall(request.http)
      const few = () => instantly(request, recipients, shared, key, execute)
      if (key === undefined) return isFew ? few() : queued(await queue(request, recipients, shared, execute))

      const { instance, body, http } = request
      const requestHash = hash('sha256', JSON.stringify([instance, body]), 'hex')
      const bulk = { caller: http.principal!.id, key, requestHash }
      return keys.once(bulk, async (earlier) => {
        if (isFew) return few()
        const made: QueuedBulk =
          earlier === undefined ? await makeCampaign(request, recipients, shared, execute) : JSON.parse(earlier)
        if (earlier === undefined) await keys.bind(bulk, JSON.stringify(made))
        await demandStarted(instance, made.campaignId, execute)
        return queued(made)
      })
    },
  }
}

function sharedOf({ body }: CompatibleRequest): Shared {
  const variables = isFields(body.variables) ? variablesOf(body.variables) : {}
  return { text: text(body, 'text'), message: text(body, 'message'), variables }
}

async function instantly(
  { instance }: CompatibleRequest,
  recipients: readonly Recipient[],
  shared: Shared,
  key: string | undefined,
  execute: CompatibleExecute,
): Answer {
  const results = await sendInstantly(instance, recipients, shared, key, execute)
  const sent = results.filter((it) => it.success).length
  const data = { total: results.length, sent, failed: results.length - sent, results }
  const first = results.find((it) => !it.success)
  if (sent > 0 || !first) return { mode: 'instant', data }
  return { success: false, error: `nothing was sent: ${first.error}`, code: first.code, mode: 'instant', data }
}

async function queue(
  request: CompatibleRequest,
  recipients: readonly Recipient[],
  shared: Shared,
  execute: CompatibleExecute,
): Promise<QueuedBulk> {
  const made = await makeCampaign(request, recipients, shared, execute)
  await startCampaign(request.instance, made.campaignId, execute)
  return made
}

function queued(data: QueuedBulk): Readonly<Record<string, unknown>> {
  return { mode: 'queue', data }
}
