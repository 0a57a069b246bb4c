import { fail, type Statements } from '@waqtor/contracts'
import type { ContactRow } from './rows.ts'
import { selectContact } from './store.ts'

/** What the callers of commands may name a contact by. */
export type Ref = { readonly contactId: string } | { readonly chatId: string }

export type Normalize = (address: string) => string

/**
 * The chat id of a person.
 * @throws WaqtorError WAQ_CHAT_ID_INVALID (400), also for a group
 */
export function personChatId(normalize: Normalize, address: string): string {
  const chatId = normalize(address)
  if (chatId.endsWith('@g.us')) throw fail('WAQ_CHAT_ID_INVALID', `'${address}' is a group; contacts are people`)
  return chatId
}

export function parseRef(normalize: Normalize, text: string): Ref {
  return text.startsWith('con_') ? { contactId: text } : { chatId: personChatId(normalize, text) }
}

/** @throws WaqtorError WAQ_NOT_FOUND (404) */
export async function requireContact(file: Statements, ref: Ref): Promise<ContactRow> {
  const row = await selectContact(file, ref)
  if (!row) throw fail('WAQ_NOT_FOUND', `there is no contact '${'contactId' in ref ? ref.contactId : ref.chatId}'`)
  return row
}

/** The numbers of these contacts; who is none is passed over. */
export async function selectIds(file: Statements, refs: readonly Ref[]): Promise<number[]> {
  const of = async (column: 'contact_id' | 'chat_id', values: readonly string[]) =>
    values.length === 0
      ? []
      : file.all<{ id: number }>(`SELECT c.id FROM json_each(?) j CROSS JOIN contacts c ON c.${column} = j.value`, [
          JSON.stringify(values),
        ])
  const contactIds = refs.flatMap((it) => ('contactId' in it ? it.contactId : []))
  const chatIds = refs.flatMap((it) => ('chatId' in it ? it.chatId : []))
  const rows = [...(await of('contact_id', contactIds)), ...(await of('chat_id', chatIds))]
  return [...new Set(rows.map((it) => it.id))]
}
