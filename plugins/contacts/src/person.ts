import type { Database } from '@waqtor/contracts'
import type { z } from '@waqtor/kernel'
import { selectAudiencesOf } from './audiences/store.ts'
import { type Normalize, parseRef, requireContact } from './contacts/refs.ts'
import { toContact } from './contacts/rows.ts'
import { deleteContact, selectContact } from './contacts/store.ts'
import type * as contract from './contract.ts'
import type { InstanceFiles } from './files.ts'
import { chatHash } from './opt-out/chat-hash.ts'
import { forgetShared } from './opt-out/everywhere.ts'
import { forgetNumber, selectOptOut } from './opt-out/store.ts'

type One = z.output<typeof contract.exportPerson.input>

export interface PersonOptions {
  readonly database: Database
  readonly files: InstanceFiles
  readonly normalize: Normalize
}

/**
 * Everything that this plugin knows of a person. Their messages belong to the messages plugin, which offers no export
 * of a chat to other plugins: whoever asks gets them page by page from `chats.messages`.
 */
export async function exportPerson(
  { files, normalize }: PersonOptions,
  { instance, contactId }: One,
): Promise<z.input<typeof contract.exportPerson.output>> {
  const file = await files(instance)
  const row = await requireContact(file, parseRef(normalize, contactId))
  const optOut = await selectOptOut(file, chatHash(row.chat_id))
  const audiences = await selectAudiencesOf(file, row.id)
  return {
    exportedAt: Date.now(),
    contact: toContact(row),
    optOut: optOut ? { at: optOut.at, via: optOut.via, reason: optOut.reason, endedAt: optOut.ended_at } : null,
    audiences: audiences.map((it) => ({ audienceId: it.audience_id, name: it.name })),
  }
}

/**
 * Erases a person, contact or not, from this account's contacts; of an opt-out the hash alone stays, so that it holds when
 * somebody brings the number back. May be repeated: what a crash left half done, the second time finishes.
 */
export async function erasePerson(
  { database, files, normalize }: PersonOptions,
  { instance, contactId }: One,
): Promise<{ erased: boolean }> {
  const ref = parseRef(normalize, contactId)
  const file = await files(instance)
  const chatId = 'chatId' in ref ? ref.chatId : (await requireContact(file, ref)).chat_id
  const hash = chatHash(chatId)
  // The host's file first: until the contact is gone, its id still leads here.
  await forgetShared(database, hash)
  return file.write(async (tx) => {
    const row = await selectContact(tx, { chatId })
    if (row) await deleteContact(tx, row.id)
    await tx.run('DELETE FROM contact_wrote WHERE chat_id = ?', [chatId])
    await forgetNumber(tx, hash)
    return { erased: row !== undefined }
  })
}
