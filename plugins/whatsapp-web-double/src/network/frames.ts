import type { AccountFaults } from '../options.ts'

/** A message as pages keep it: plain data. */
export interface MessageRecord {
  /** On the way to a page it is missing: the page makes it. */
  readonly key?: string
  readonly id: string
  readonly chat: string
  readonly fromMe: boolean
  readonly participant?: string
  readonly from: string
  readonly to: string
  readonly author?: string
  readonly type: string
  readonly t: number
  readonly ack?: number
  readonly body?: string
  readonly caption?: string
  readonly mimetype?: string
  readonly filename?: string
  readonly size?: number
  readonly filehash?: string
  readonly encFilehash?: string
  readonly mediaKey?: string
  readonly directPath?: string
  readonly stage?: string
  readonly loc?: string
  readonly lat?: number
  readonly lng?: number
  readonly vcardFormattedName?: string
  readonly pollName?: string
  readonly pollOptions?: readonly { readonly name: string; readonly localId: number }[]
  readonly pollSelectableOptionsCount?: number
  readonly quotedMsg?: { readonly type: string; readonly body?: string; readonly caption?: string }
  readonly quotedStanzaID?: string
  readonly quotedParticipant?: string
  readonly mentionedJidList?: readonly string[]
  readonly isForwarded?: boolean
}

/** Both addresses of somebody, where the page may know them. */
export interface Known {
  readonly number: string
  readonly lid: string
}

/** Something that happened, waiting until the page has it. */
export type Item = { readonly known?: Known } & (
  | { readonly what: 'message'; readonly message: MessageRecord; readonly unread: boolean; readonly pushname?: string }
  | { readonly what: 'edit'; readonly key: string; readonly body: string; readonly timestamp: number }
  | { readonly what: 'revoke'; readonly key: string }
  | {
      readonly what: 'reaction'
      readonly parent: string
      readonly id: string
      readonly from: string
      readonly emoji: string
      readonly timestamp: number
    }
  | {
      readonly what: 'vote'
      readonly parent: string
      readonly id: string
      readonly from: string
      readonly options: readonly number[]
      readonly timestamp: number
    }
)

export interface AckFrame {
  readonly key: string
  readonly ack: number
  readonly silent?: boolean
}

export interface GroupFrame {
  readonly id: string
  readonly subject: string
  readonly members: readonly { readonly id: string; readonly admin: boolean }[]
  readonly lidMode: boolean
}

export interface Credentials {
  readonly pairing: string
  readonly me: string
  readonly lid: string
  readonly name: string
}

/** From a page. */
export type PageFrame =
  | { readonly type: 'hello'; readonly pairing: string | null; readonly pending: readonly string[] }
  | { readonly type: 'send'; readonly message: MessageRecord & { readonly key: string } }
  | { readonly type: 'received'; readonly number: number }
  | { readonly type: 'synced' }
  /** What was said before this question has taken effect. */
  | { readonly type: 'confirmed' }
  | {
      readonly type: 'ask'
      readonly number: number
      readonly what: string
      readonly args: Readonly<Record<string, unknown>>
    }

/** To a page. */
export type NetworkFrame =
  | { readonly type: 'reference'; readonly ref: string }
  | { readonly type: 'paired'; readonly credentials: Credentials }
  | {
      readonly type: 'welcome'
      readonly faults: AccountFaults
      readonly acks: readonly AckFrame[]
      readonly items: readonly (Item & { readonly number: number })[]
      readonly groups: readonly GroupFrame[]
      readonly contacts: readonly Known[]
    }
  | { readonly type: 'items'; readonly items: readonly (Item & { readonly number: number })[] }
  | ({ readonly type: 'ack' } & AckFrame)
  | { readonly type: 'answer'; readonly number: number; readonly result: unknown }
  | { readonly type: 'faults'; readonly faults: AccountFaults }
  | { readonly type: 'confirm' }
  | { readonly type: 'state'; readonly state: string }
  | { readonly type: 'unlinked'; readonly how: 'navigate' | 'state' }
  /** The line is closed for good; the page says this state. */
  | { readonly type: 'ended'; readonly state: string }
  | { readonly type: 'command'; readonly command: string; readonly [detail: string]: unknown }
