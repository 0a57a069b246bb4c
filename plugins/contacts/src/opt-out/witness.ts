import type { InboxWitness, IncomingMessage, Tx } from '@waqtor/contracts'
import type { Choices } from './choices.ts'
import type { Choice } from './word-list.ts'

/**
 * A phone that is paired anew may bring its history along. An opt-out from there still counts; an opt-in may have been
 * said before it.
 */
const STALE_MS = 24 * 3_600_000

/** Takes note, with the message itself, that a person wrote and what they choose: one commit for all of it. */
export function createWitness(choices: Choices, choiceOf: (message: string) => Choice | undefined): InboxWitness {
  return {
    name: 'contacts',
    async stored(tx, messages) {
      // What is said in a group is said to the group.
      const personal = messages.filter((it) => !it.isGroup && !it.chatId.endsWith('@g.us'))
      if (personal.length === 0) return
      await noteWriting(tx, personal)

      // The last word of a chat holds, whatever stood before it in the same batch.
      const said = new Map<string, Choice>()
      const now = Date.now()
      for (const { chatId, body, timestamp } of personal) {
        const choice = choiceOf(body)
        if (choice === 'in' && timestamp < now - STALE_MS) continue
        if (choice) said.set(chatId, choice)
      }
      const chatsOf = (choice: Choice) => [...said].flatMap(([chatId, it]) => (it === choice ? [chatId] : []))
      const how = { via: 'message' as const, at: now }
      if (chatsOf('out').length > 0) await choices.optOut(tx, chatsOf('out'), how)
      if (chatsOf('in').length > 0) await choices.optIn(tx, chatsOf('in'), how)
    },
  }
}

async function noteWriting(tx: Tx, messages: readonly IncomingMessage[]): Promise<void> {
  await tx.run(
    `INSERT INTO contact_wrote (chat_id, at) SELECT value ->> 0, value ->> 1 FROM jsonb_each(?) WHERE true
     ON CONFLICT (chat_id) DO UPDATE SET at = max(at, excluded.at)`,
    [JSON.stringify(messages.map((it) => [it.chatId, it.timestamp]))],
  )
}
