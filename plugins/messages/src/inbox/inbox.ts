import type { DatabaseFile, EventLog, IncomingMessage, Messaging } from '@waqtor/contracts'
import { MessageReceived } from '../contract.ts'
import { insertReceived } from '../message-store.ts'
import type { Witnesses } from './witnesses.ts'

export interface InboxOptions {
  readonly file: DatabaseFile
  readonly events: EventLog
  readonly incoming: Messaging['hooks']['incoming']
  readonly witnesses: Witnesses
}

/**
 * Stores what came in, with its event, in one transaction a batch; then asks the hook who handles each. A message that
 * was delivered twice is handled once. Answers how many were new.
 */
export async function receive(
  instance: string,
  messages: readonly IncomingMessage[],
  { file, events, incoming, witnesses }: InboxOptions,
): Promise<number> {
  await witnesses.gathered()
  const fresh = await file.write(async (tx) => {
    const ids = await insertReceived(tx, messages)
    const seen = new Set<string>()
    const fresh = messages.filter((it) => ids.has(it.messageId) && !seen.has(it.messageId) && seen.add(it.messageId))
    if (fresh.length > 0) {
      await events.recordAll(tx, MessageReceived, fresh)
      await witnesses.tell(tx, fresh)
    }
    return fresh
  })
  for (const message of fresh) await incoming.call({ ...message, instance })
  return fresh.length
}
