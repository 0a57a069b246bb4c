import type { EventLog, MessageChange, Tx } from '@waqtor/contracts'
import { MessageDeleted, MessageEdited, MessageReaction, PollVote } from '../contract.ts'
import { reindex } from '../indexer.ts'
import { type StoredMessage, selectMessage } from '../message-store.ts'
import { removeMarks, setMark } from './marks.ts'

/**
 * Writes down what happened to messages, each with its event. What is known already makes no second one: a network may
 * tell twice, and what we do ourselves may come back as an echo.
 */
export async function applyChanges(tx: Tx, events: EventLog, changes: readonly MessageChange[]): Promise<void> {
  for (const change of changes) await applyChange(tx, events, change)
}

async function applyChange(tx: Tx, events: EventLog, change: MessageChange): Promise<void> {
  const { messageId, chatId, from, timestamp } = change
  const message = await selectMessage(tx, messageId)
  // Nothing happens to a message any more that is gone.
  if (message && message.deleted_at !== null) return
  const who = { messageId, chatId, from, timestamp }
  const mark = { message_id: messageId, sender: from, at: timestamp }
  switch (change.type) {
    case 'reaction': {
      const { emoji } = change
      if (await setMark(tx, { ...mark, kind: 'reaction', value: emoji }))
        await events.record(tx, MessageReaction, { ...who, emoji })
      return
    }
    case 'poll-vote': {
      const { options } = change
      if (await setMark(tx, { ...mark, kind: 'vote', value: JSON.stringify(options) }))
        await events.record(tx, PollVote, { ...who, options })
      return
    }
    case 'edited':
      if (await edit(tx, message, change.body, timestamp))
        await events.record(tx, MessageEdited, { ...who, body: change.body })
      return
    case 'deleted':
      await erase(tx, message, timestamp)
      await events.record(tx, MessageDeleted, who)
      return
  }
}

/** False when it reads so already. A message that is not stored here is news for those who know it. */
async function edit(tx: Tx, message: StoredMessage | undefined, body: string, at: number): Promise<boolean> {
  if (!message) return true
  if (message.body === body) return false
  await tx.run('UPDATE messages SET body = ?, edited_at = ? WHERE id = ?', [body, at, message.id])
  await reindex(tx, message.id, message.body, body)
  return true
}

/** Who deletes a message wants it gone: its text and what people left on it go, that there was one stays. */
async function erase(tx: Tx, message: StoredMessage | undefined, at: number): Promise<void> {
  if (!message) return
  await tx.run("UPDATE messages SET body = '', deleted_at = ? WHERE id = ?", [at, message.id])
  await reindex(tx, message.id, message.body, '')
  await removeMarks(tx, message.message_id)
}
