import type { ContactRecord, OutboxRecipient } from '@waqtor/contracts'
import type { Rejected } from '../contract.ts'
import type { CompiledMessage, Payload } from '../message.ts'

/** Somebody who is to get a message, by their canonical chat. */
export interface Addressee {
  /** Line of the file, or place in the list, from 1. */
  readonly line: number
  /** As it was written down. */
  readonly value: string
  readonly chatId: string
  readonly variables: Readonly<Record<string, string>>
  readonly language: string | null
}

export interface Audience {
  readonly recipients: readonly OutboxRecipient[]
  readonly rejected: readonly Rejected[]
}

/**
 * Turns addressees into rows of the outbox. A variable that has no value is found now, not in a customer's phone.
 * @param contacts what is known of these chats, by chat id
 */
export function prepareAudience(
  campaignId: string,
  addressees: readonly Addressee[],
  message: CompiledMessage,
  contacts: ReadonlyMap<string, ContactRecord>,
): Audience {
  const recipients: OutboxRecipient[] = []
  const rejected: Rejected[] = []
  for (const { line, value, chatId, variables, language } of addressees) {
    const payload = payloadOf(variables, language, contacts.get(chatId))
    const part = message.partOf(campaignId, chatId)
    const [missing] = message.missing(part, chatId, payload)
    if (missing === undefined) recipients.push({ chatId, payload: JSON.stringify(payload), part })
    else rejected.push({ line, value, reason: `the variable '${missing}' has no value` })
  }
  return { recipients, rejected }
}

/** What is stored with a recipient. */
export function payloadOf(
  own: Readonly<Record<string, string>>,
  language: string | null,
  contact: ContactRecord | undefined,
): Payload {
  const known = contact && { ...contact.fields, ...(contact.name !== '' && { name: contact.name }) }
  const spoken = language ?? contact?.language ?? undefined
  return {
    ...(Object.keys(own).length > 0 && { v: own }),
    ...(known && Object.keys(known).length > 0 && { c: known }),
    ...(spoken !== undefined && { l: spoken }),
  }
}
