import { hash } from 'node:crypto'
import type { CompatibleExecute } from '@waqtor/contracts'
import { isWaqtorError } from '@waqtor/kernel'
import type * as messages from '@waqtor/plugin-messages/contract'
import { failedPart } from '../failure.ts'
import { messageFor, type Recipient, type Shared } from '../recipients.ts'

/** What became of one recipient. */
export type Outcome =
  | { readonly to: string; readonly success: true; readonly messageId: string; readonly timestamp: number }
  | ({ readonly to: string } & ReturnType<typeof failedPart>)

/** Codes that speak of one message. Whatever else goes wrong goes wrong for the others as well. */
const ofOneMessage: ReadonlySet<string> = new Set([
  'WAQ_INPUT_INVALID',
  'WAQ_CHAT_ID_INVALID',
  'WAQ_SEND_FAILED',
  'WAQ_SEND_UNKNOWN',
  'WAQ_IDEMPOTENCY_MISMATCH',
  'WAQ_IDEMPOTENCY_IN_FLIGHT',
])

/**
 * Sends to a few, one after another, and answers what became of each. What stands in the way of all of them ends it: the
 * whole request fails when nothing was sent yet, else those that are left fail alike, without being tried.
 * @param key of the request; each recipient gets one of its own that is made of it
 */
export async function sendInstantly(
  instance: string,
  recipients: readonly Recipient[],
  shared: Shared,
  key: string | undefined,
  execute: CompatibleExecute,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  let sent = 0
  let obstacle: ReturnType<typeof failedPart> | undefined
  for (const [index, recipient] of recipients.entries()) {
    const { to } = recipient
    if (obstacle) {
      outcomes.push({ to, ...obstacle })
      continue
    }
    try {
      const input = { instance, chatId: to, text: messageFor(recipient, shared, `recipients.${index}`) }
      const { messageId, timestamp } = await execute<typeof messages.sendText>(
        'messages.sendText',
        input,
        keyAt(key, index),
      )
      outcomes.push({ to, success: true, messageId, timestamp })
      sent++
    } catch (error) {
      const concernsOne = isWaqtorError(error) && ofOneMessage.has(error.code)
      if (!concernsOne && sent === 0) throw error
      const failure = failedPart(error)
      outcomes.push({ to, ...failure })
      if (!concernsOne) obstacle = failure
    }
  }
  return outcomes
}

/** The key of one place in a list, made of the request's. */
function keyAt(key: string | undefined, index: number): string | undefined {
  return key === undefined ? undefined : `bulk-${hash('sha256', `${key}\n${index}`, 'hex')}`
}
