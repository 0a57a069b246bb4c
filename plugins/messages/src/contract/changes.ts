import { Timestamp } from '@waqtor/contracts'
import { defineEvent, z } from '@waqtor/kernel'

const change = {
  messageId: z.string(),
  chatId: z.string(),
  from: z.string().describe('Who did it'),
  timestamp: Timestamp,
}

/** Somebody reacted to a message, or took the reaction back. */
export const MessageReaction = defineEvent('message.reaction', {
  kind: 'recorded',
  permission: 'messages:read',
  scope: 'instance',
  summary: 'Somebody reacted to a message',
  schema: z.object({ ...change, emoji: z.string().describe('Empty: taken back') }),
})

/** The text of a message was changed. */
export const MessageEdited = defineEvent('message.edited', {
  kind: 'recorded',
  permission: 'messages:read',
  scope: 'instance',
  summary: 'A message was edited',
  schema: z.object({ ...change, body: z.string() }),
})

/** A message was deleted. */
export const MessageDeleted = defineEvent('message.deleted', {
  kind: 'recorded',
  permission: 'messages:read',
  scope: 'instance',
  summary: 'A message was deleted',
  schema: z.object(change),
})

/** Somebody voted in a poll; the options are all that are chosen now. */
export const PollVote = defineEvent('poll.vote', {
  kind: 'recorded',
  permission: 'messages:read',
  scope: 'instance',
  summary: 'Somebody voted in a poll',
  schema: z.object({ ...change, options: z.array(z.string()).readonly() }),
})
