import { defineService } from '@waqtor/kernel'
import type { Statements } from './database.ts'

/** That a person wants to hear from us, and how we know. Times are milliseconds. */
export interface Consent {
  /** Where it was given: `form`, `shop`, `import`, … */
  readonly source: string
  /** The words that the person agreed to. */
  readonly text: string
  readonly at: number
}

/** What is known of a person. Times are milliseconds since 1970 (UTC). */
export interface ContactRecord {
  readonly contactId: string
  /** Canonical; unique within an instance. */
  readonly chatId: string
  /** Empty when it is not known. */
  readonly name: string
  /** BCP 47, `ar` or `en-GB`; `null` when it is not known. */
  readonly language: string | null
  readonly tags: readonly string[]
  /** Fields of the operator's own; they become variables of a template. */
  readonly fields: Readonly<Record<string, string>>
  readonly consent: Consent | null
  readonly optedOutAt: number | null
  /** When the person wrote to us last; `null` when never. */
  readonly wroteAt: number | null
}

/** What the gate of a campaign has to know about a chat, whether there is a contact for it or not. */
export interface ChatStanding {
  readonly consent: boolean
  readonly optedOut: boolean
  /** The person has written to us at some time. */
  readonly wrote: boolean
}

export interface AudienceInfo {
  readonly audienceId: string
  readonly name: string
  readonly kind: 'list' | 'filter'
}

/** The people an instance writes to. */
export interface Contacts {
  /** @throws WaqtorError WAQ_NOT_FOUND (404) */
  audience(instance: string, audienceId: string): Promise<AudienceInfo>
  /**
   * The members of an audience in their order, by keyset; who opted out is among them.
   * @param after what the last page answered as `next`; 0 to begin
   */
  members(
    instance: string,
    audienceId: string,
    after: number,
    limit: number,
  ): Promise<{ readonly items: readonly ContactRecord[]; readonly next: number | null }>
  /** The contacts of these chats, by chat id; chats without a contact are absent. Pass a transaction to see what it has changed. */
  find(file: Statements, chatIds: readonly string[]): Promise<ReadonlyMap<string, ContactRecord>>
  /** How each of these chats stands, by chat id. Pass the transaction that decides. */
  standing(file: Statements, chatIds: readonly string[]): Promise<ReadonlyMap<string, ChatStanding>>
}

export const Contacts = defineService<Contacts>('contacts')
