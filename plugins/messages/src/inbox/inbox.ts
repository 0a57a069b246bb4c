import type { DatabaseFile, EventLog, IncomingMessage, MessageChange, Messaging, Tx } from '@waqtor/contracts'
import { applyChanges } from '../changes/apply.ts'
import { MessageReceived, MessageSent } from '../contract.ts'
import { echoes, insertReported } from '../message-store.ts'
import type { Witnesses } from './witnesses.ts'

export interface InboxOptions {
  readonly file: DatabaseFile
  readonly events: EventLog
  readonly incoming: Messaging['hooks']['incoming']
  readonly witnesses: Witnesses
}

/** What one batch of the network's news was. */
export interface Received {
  /** New messages of others. */
  readonly received: readonly IncomingMessage[]
  /** New messages that the phone sent. */
  readonly sent: readonly IncomingMessage[]
}

/**
 * Stores what came in, with its events, in one transaction a batch; then asks the hook who handles each message of
 * others. What was delivered twice is handled once, and what the outbox sent is no news.
 */
export async function receive(
  instance: string,
  messages: readonly IncomingMessage[],
  changes: readonly MessageChange[],
  { file, events, incoming, witnesses }: InboxOptions,
): Promise<Received> {
  if (messages.some((it) => !it.fromMe)) await witnesses.gathered()
  const { received, sent } = await file.write(async (tx) => {
    const fresh = await store(tx, messages)
    const received = fresh.filter((it) => !it.fromMe)
    const sent = fresh.filter((it) => it.fromMe)
    if (received.length > 0) {
      await events.recordAll(tx, MessageReceived, received)
      await witnesses.tell(tx, received)
    }
    if (sent.length > 0) await events.recordAll(tx, MessageSent, sent.map(asSent))
    await applyChanges(tx, events, changes)
    return { received, sent }
  })
  for (const message of received) await incoming.call({ ...message, instance })
  return { received, sent }
}

/** Answers those that were new, each once. */
async function store(tx: Tx, messages: readonly IncomingMessage[]): Promise<readonly IncomingMessage[]> {
  const own = messages.filter((it) => it.fromMe)
  const ours = own.length > 0 ? await echoes(tx, own) : new Set()
  const ids = await insertReported(
    tx,
    messages.filter((it) => !ours.has(it.messageId)),
  )
  const seen = new Set<string>()
  return messages.filter((it) => ids.has(it.messageId) && !seen.has(it.messageId) && seen.add(it.messageId))
}

function asSent({ messageId, chatId: to, kind, timestamp }: IncomingMessage) {
  return { messageId, to, kind, status: 'sent' as const, timestamp, source: 'phone' as const }
}
