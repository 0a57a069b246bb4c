import type { ChatStanding, Contacts } from '@waqtor/contracts'
import { requireAudience } from './audiences/audiences.ts'
import { selectMembers } from './audiences/members.ts'
import { toRecord } from './contacts/rows.ts'
import { selectByChat } from './contacts/store.ts'
import type { InstanceFiles } from './files.ts'
import { chatHash } from './opt-out/chat-hash.ts'

/** Contacts as other plugins reach them. */
export function createContactsService(files: InstanceFiles): Contacts {
  return {
    async audience(instance, audienceId) {
      const row = await requireAudience(await files(instance), audienceId)
      return { audienceId, name: row.name, kind: row.filter === null ? 'list' : 'filter' }
    },
    async members(instance, audienceId, after, limit) {
      const file = await files(instance)
      const rows = await selectMembers(file, await requireAudience(file, audienceId), after, limit)
      return { items: rows.map(toRecord), next: rows.length < limit ? null : rows.at(-1)!.id }
    },
    async find(file, chatIds) {
      const rows = await selectByChat(file, chatIds)
      return new Map(rows.map((it) => [it.chat_id, toRecord(it)]))
    },
    async standing(file, chatIds) {
      const rows = await file.all<{ place: number; consent: number; optedOut: number; wrote: number }>(
        `SELECT key AS place,
           EXISTS (SELECT 1 FROM contacts WHERE chat_id = value ->> 0 AND consent IS NOT NULL) AS consent,
           EXISTS (SELECT 1 FROM opt_outs WHERE chat_hash = value ->> 1 AND ended_at IS NULL) AS optedOut,
           EXISTS (SELECT 1 FROM contact_wrote WHERE chat_id = value ->> 0) AS wrote
         FROM jsonb_each(?)`,
        [JSON.stringify(chatIds.map((it) => [it, chatHash(it)]))],
      )
      return new Map(
        rows.map(({ place, consent, optedOut, wrote }): [string, ChatStanding] => [
          chatIds[place]!,
          { consent: consent === 1, optedOut: optedOut === 1, wrote: wrote === 1 },
        ]),
      )
    },
  }
}
