import { fail } from '@waqtor/contracts'
import type { Call, z } from '@waqtor/kernel'
import { writeTable, writeToFiles } from '@waqtor/tabular'
import { type Context, messageIn, required } from './context.ts'
import type * as contract from './contract.ts'
import type { Reading } from './reading.ts'
import { selectCampaign } from './store.ts'

type Input = z.output<typeof contract.exportCampaign.input>
type Output = z.input<typeof contract.exportCampaign.output>

const columns = [
  'phone',
  'variant',
  'state',
  'reason',
  'attempt',
  'sent',
  'delivered',
  'read',
  'replied',
  'messageId',
  'text',
] as const
const pageSize = 500

/** Writes what became of each recipient into a file that the caller may fetch. */
export async function exportRecipients(input: Input, call: Call, context: Context, reading: Reading): Promise<Output> {
  const { files } = context.services
  if (!files) throw fail('WAQ_NOT_FOUND', "exports need the 'files' plugin, which this config does not have")
  const file = await context.open(input.instance)
  const campaign = required(await selectCampaign(file, input.campaignId), input.campaignId)
  const filename = `${safeName(campaign.name)}.${input.format}`
  const hasVariants = messageIn(campaign.message).variants.length > 1
  const shown = columns.filter((it) => it !== 'variant' || hasVariants)
  let count = 0
  async function* rows(): AsyncGenerator<readonly string[]> {
    for (let cursor: string | undefined; ; ) {
      call.signal.throwIfAborted()
      const page = await reading.recipients({ ...input, cursor, limit: pageSize })
      for (const it of page.items) {
        count++
        const cells = cellsOf(it)
        yield shown.map((name) => cells[name])
      }
      if (page.nextCursor === null) return
      cursor = page.nextCursor
    }
  }
  const { fileId, bytes } = await writeToFiles(files, { filename, owner: call.principal }, (to) =>
    writeTable(to, input.format, shown, rows()),
  )
  return { fileId, filename, bytes, rows: count }
}

function cellsOf(it: z.input<typeof contract.Recipient>): Record<(typeof columns)[number], string> {
  return {
    phone: it.chatId.endsWith('@c.us') ? `+${it.chatId.slice(0, -5)}` : it.chatId,
    variant: it.variant ?? '',
    state: it.state,
    reason: it.reason ?? '',
    attempt: String(it.attempt),
    sent: time(it.sentAt),
    delivered: time(it.deliveredAt),
    read: time(it.readAt),
    replied: time(it.repliedAt),
    messageId: it.messageId ?? '',
    text: it.body ?? '',
  }
}

function time(at: number | null): string {
  return at === null ? '' : new Date(at).toISOString()
}

function safeName(name: string): string {
  return name.replace(/[^\p{L}\p{N} ._-]/gu, '_').slice(0, 100)
}
