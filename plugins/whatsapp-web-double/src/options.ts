import type { Ack, MessageKind } from '@waqtor/contracts'

/** How the page itself behaves. It is told so with its document: a page that is open keeps what it came with. */
export interface PageSettings {
  /** What `Debug.VERSION` says. */
  readonly version: string
  /** The page's code takes this long to load. */
  readonly bootDelayMs: number
  /** `Debug.VERSION` never appears, as after a change of the page. */
  readonly missingVersion: boolean
  /** Modules that this version of the page no longer has. */
  readonly missingModules: readonly string[]
  /** A restored session is synchronised before anybody can listen. */
  readonly fastSync: boolean
  /** A freshly linked account is greeted by a dialog; `blocks`: and is synchronised only once it was dismissed. */
  readonly whatsNew: boolean | 'blocks'
  /** Chats with people are kept under their hidden-number identity, as the real page does more and more. */
  readonly lidChats: boolean
  /** Writing to somebody whose identity was never asked for fails with "No LID for user". */
  readonly strictLids: boolean
  /** `local-storage`: Chromium writes it with seconds of delay, so a killed browser may have lost the link. */
  readonly credentialsIn: 'indexed-db' | 'local-storage'
  /** The page asks by itself, on every new line, what became of its messages, and sends what never arrived. */
  readonly resend: boolean
}

/** How the network treats an account. */
export interface AccountFaults {
  /** From the page to the network, one way. */
  readonly latencyMs: number
  /** Until others have a message, and again until they have read it. */
  readonly ackDelayMs: number
  readonly refuseRate: number
  /** The network has the message, and the page's promise of it never comes true. */
  readonly dropAnswerRate: number
  /** The page learns of an acknowledgement without telling anybody. */
  readonly dropAckRate: number
  /** Acknowledgements never reach the page; it may ask for them when it comes back. */
  readonly loseAckRate: number
  readonly history: 'full' | 'delayed' | 'empty'
  /** WhatsApp restricts the account: the page says TOS_BLOCK, and every send is refused. */
  readonly restrict: boolean
  /** The line is there, and nothing on it is answered. */
  readonly hang: boolean
  /** There is no line, and none can be made. */
  readonly offline: boolean
  readonly syncDelayMs: number
  /** Where messages come that were written while the page was away: before it is synchronised, or after. */
  readonly offlineDelivery: 'before-sync' | 'after-sync'
}

/** What happens once. */
export interface Incidents {
  /** WhatsApp ends the session; the link stays. */
  readonly disconnect?: boolean
  /** Another window has taken the session over. */
  readonly conflict?: boolean
  /** The phone unlinks the page. `state`: the page says UNPAIRED before its document changes. */
  readonly logout?: boolean | 'state'
  /** The page loads itself again, so many times, as soon as it can or `reloadEveryMs` apart. */
  readonly reload?: number
  readonly reloadEveryMs?: number
  /** The page opens so many frames, one after the other. */
  readonly iframes?: number
  /** The page is synchronised once more. */
  readonly resync?: boolean
  /** The page says so of its socket, whatever is true. */
  readonly state?: string
  /** The page is busy with itself and answers nobody. */
  readonly freezeMs?: number
}

/** What is not named stays as it is. */
export interface Control extends Partial<PageSettings>, Partial<AccountFaults>, Incidents {
  /** The name that the account was scanned with, or its number; without one, all accounts. */
  readonly account?: string
  /** The same as `account`. */
  readonly instance?: string
  /** Connections are accepted and never answered, for the whole network. */
  readonly blackHole?: boolean
  /** Numbers that are not on WhatsApp from now on. */
  readonly unregister?: readonly string[]
}

export interface Scan {
  /** The text of the QR that the page shows … */
  readonly qr?: string
  /** … or the code that it asked for. */
  readonly code?: string
  /** A name under which tests speak of the account. */
  readonly instance?: string
  readonly account?: string
  /** The number of the phone that scans; without one, that of the account, or a new one. */
  readonly phone?: string
}

export interface DeliveredMedia {
  readonly mimeType: string
  /** In a child process: base64. */
  readonly data: Uint8Array | string
  readonly filename?: string
  /** The network no longer has it. */
  readonly expired?: boolean
}

export interface Delivery {
  readonly account?: string
  readonly instance?: string
  readonly to?: string
  /** `<digits>@c.us` or the number alone. */
  readonly from: string
  readonly text?: string
  /** Without one: `text`, or what the file seems to be. */
  readonly kind?: Exclude<MessageKind, 'unknown'>
  readonly media?: DeliveredMedia
  readonly location?: {
    readonly latitude: number
    readonly longitude: number
    readonly name?: string
    readonly address?: string
  }
  readonly contact?: { readonly name: string; readonly phoneNumber: string }
  readonly poll?: { readonly question: string; readonly options: readonly string[]; readonly multiple?: boolean }
  /** The sender is shown by the hidden-number identity. `hidden`: whose number cannot be had. */
  readonly lid?: boolean | 'hidden'
  /** In this group. */
  readonly group?: string
  /** Serialised id of the message that it answers. */
  readonly quoted?: string
  readonly mentioned?: readonly string[]
  /** Written by the account on its phone; `from` is then the chat it goes to. */
  readonly fromMe?: boolean
  /** Milliseconds; now, if it is not said. */
  readonly time?: number
  /** The sender's name for itself. */
  readonly pushname?: string
}

/** What others do to a message that is there already. */
export interface Change {
  readonly account?: string
  readonly instance?: string
  /** Its id as the page has it, or the last part of it. */
  readonly messageId: string
  /** Who does it; without one, the other side of the chat. */
  readonly from?: string
  readonly react?: string
  readonly edit?: string
  readonly delete?: boolean
  /** The names of the options. */
  readonly vote?: readonly string[]
  readonly ack?: Ack
}

export interface Group {
  readonly id: string
  readonly subject: string
  /** Numbers or names of accounts. */
  readonly members: readonly string[]
  /** Members are addressed by their hidden-number identities. */
  readonly lidMode?: boolean
}

/** One line of the network's log: a message that it accepted. */
export interface AcceptedMessage {
  /** The name of the account, or its number. */
  readonly instance: string
  /** Its number. */
  readonly account: string
  /** `<digits>@c.us` or `<id>@g.us`, whatever address the page used. */
  readonly to: string
  /** As the page has it: `true_<chat>_<id>`. */
  readonly messageId: string
  /** The part of it that is the message's own. */
  readonly id: string
  readonly body: string
  readonly bodyHash: string
  readonly kind: MessageKind
  /** Milliseconds. */
  readonly time: number
  readonly forwarded?: boolean
  readonly quoted?: string
  readonly mentioned?: readonly string[]
}

/** What a page did besides sending messages. */
export interface Signal {
  readonly account: string
  readonly signal: 'reaction' | 'edit' | 'revoke' | 'delete' | 'seen' | 'chat-state' | 'presence' | 'vote'
  readonly key?: string
  readonly chat?: string
  readonly emoji?: string
  readonly body?: string
  readonly state?: string
  readonly options?: readonly number[]
}

export interface DoubleOptions {
  /** The accepted messages are appended to this file as well, a line of JSON each. */
  readonly log?: string
  /** A new reference for the QR comes as often. */
  readonly qrIntervalMs?: number
  readonly settings?: Partial<PageSettings>
  readonly faults?: Partial<AccountFaults>
}

export const defaultSettings: PageSettings = {
  version: '2.3000.1030000000',
  bootDelayMs: 0,
  missingVersion: false,
  missingModules: [],
  fastSync: false,
  whatsNew: false,
  lidChats: false,
  strictLids: false,
  credentialsIn: 'indexed-db',
  resend: true,
}

export const defaultFaults: AccountFaults = {
  latencyMs: 0,
  ackDelayMs: 100,
  refuseRate: 0,
  dropAnswerRate: 0,
  dropAckRate: 0,
  loseAckRate: 0,
  history: 'full',
  restrict: false,
  hang: false,
  offline: false,
  syncDelayMs: 0,
  offlineDelivery: 'before-sync',
}
