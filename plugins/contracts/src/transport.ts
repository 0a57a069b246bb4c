import { type Awaitable, defineService } from '@waqtor/kernel'

export type MessageKind =
  | 'text'
  | 'image'
  | 'video'
  | 'audio'
  | 'voice'
  | 'document'
  | 'sticker'
  | 'location'
  | 'contact'
  | 'poll'
  | 'unknown'

/** −1 failed, 0 pending in the page, 1 accepted by the server, 2 delivered, 3 read, 4 played. */
export type Ack = -1 | 0 | 1 | 2 | 3 | 4

/** What a transport can do; facts, not wishes. */
export interface TransportCapabilities {
  /** Real people are at the other end: courtesy rules apply by default. */
  readonly real: boolean
  /** Sends that may be under way at once. */
  readonly maxInFlight: number
  /** The caller may choose the message id before the send. */
  readonly preDrawnIds: boolean
  /** How long after a break a message that was on its way may still turn up, in milliseconds. */
  readonly absentAfterMs: number
}

export interface OutgoingMedia {
  readonly kind: Exclude<MessageKind, 'text' | 'location' | 'contact' | 'poll' | 'unknown'>
  readonly mimeType: string
  readonly data: Uint8Array
  readonly filename?: string
}

/** What a message may be besides text and files. Its text for people and for `bodyHash` is `cardText(card)`. */
export type OutgoingCard =
  | {
      readonly kind: 'location'
      /** Degrees, −90 to 90. */
      readonly latitude: number
      /** Degrees, −180 to 180. */
      readonly longitude: number
      readonly name?: string
      readonly address?: string
    }
  | { readonly kind: 'contact'; readonly name: string; readonly phoneNumber: string }
  | {
      readonly kind: 'poll'
      readonly question: string
      /** 2 to 12, no two alike. */
      readonly options: readonly string[]
      readonly multiple: boolean
    }

/** What goes over the wire. */
export interface OutgoingMessage {
  /** Canonical: `<digits>@c.us`, `<id>@g.us`, `<id>@lid`. */
  readonly chatId: string
  /** With a card: `cardText(card)`. With `forwardOf`: the text of that message as it is stored. */
  readonly body: string
  readonly media?: OutgoingMedia
  readonly card?: OutgoingCard
  /** Passes this message on, with its file, instead of writing a new one. */
  readonly forwardOf?: string
  readonly quotedMessageId?: string
  readonly mentionedIds?: readonly string[]
  readonly linkPreview?: boolean
  /** Drawn beforehand, where the transport honours it. */
  readonly messageId?: string
}

export interface SendReceipt {
  readonly messageId: string
  /** Milliseconds, by the network's clock. */
  readonly timestamp: number
  /** What is known at this moment; later ones come as facts. */
  readonly ack: Ack
}

/**
 * How a send ended badly. `refused` and `not-connected` prove that nothing left; `invalid-number` proves it for good;
 * anything else that a transport throws is `unknown`.
 */
export type SendFailure = 'not-connected' | 'invalid-number' | 'refused' | 'restricted' | 'unknown'

export class TransportError extends Error {
  readonly failure: SendFailure

  constructor(failure: SendFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TransportError'
    this.failure = failure
  }
}

export interface SentQuery {
  readonly chatId: string
  /** From `bodyHash()`; matches normalised body and media. Of a forward it is the hash of the text alone. */
  readonly bodyHash: string
  readonly messageId?: string
  /** Id of the newest message of the chat before the send; `null` when the chat was empty, absent when not known. */
  readonly anchor?: string | null
  /** Milliseconds; nothing sent before this counts. */
  readonly notBefore: number
}

/** What a look into the chat shows. `inconclusive` is never taken for absent. */
export type SentAnswer =
  | {
      readonly outcome: 'found'
      readonly matches: readonly { readonly messageId: string; readonly ack: Ack; readonly timestamp: number }[]
    }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'inconclusive'; readonly reason: string }

/** What is done to a message or in a chat without sending a new one. Repeating it changes nothing more. */
export type MessageAction =
  /** An empty emoji takes the reaction back. */
  | { readonly do: 'react'; readonly messageId: string; readonly emoji: string }
  | { readonly do: 'edit'; readonly messageId: string; readonly body: string }
  | { readonly do: 'delete'; readonly messageId: string; readonly forEveryone: boolean }
  | { readonly do: 'seen'; readonly chatId: string }
  | { readonly do: 'typing'; readonly chatId: string; readonly state: 'typing' | 'recording' | 'paused' }

/** The file of a message. */
export interface IncomingMedia {
  /** As the sender says; check it before you trust it. */
  readonly mimeType: string
  readonly data: Uint8Array
  readonly filename?: string
}

/** What the connection of an instance takes of the machine. */
export interface TransportUsage {
  /** Processes of its own. */
  readonly processes: number
  /** Their memory in bytes, what they share counted once (PSS). */
  readonly memoryBytes: number
}

export interface IncomingMessage {
  readonly messageId: string
  /** The number where it is known (`…@c.us`), also of somebody whom WhatsApp shows as `…@lid`. */
  readonly chatId: string
  readonly from: string
  /** In a group: who wrote. */
  readonly author?: string
  readonly body: string
  readonly kind: MessageKind
  readonly hasMedia: boolean
  readonly isGroup: boolean
  /** Written by this account on another device, the phone for one. */
  readonly fromMe?: boolean
  readonly quotedMessageId?: string
  readonly mentionedIds?: readonly string[]
  readonly timestamp: number
}

export interface ClientInfo {
  readonly platform: string
  readonly phoneNumber: string
  readonly name: string
}

/** What others did to a message that is there already. `from` is who did it; times are milliseconds. */
export type MessageChange = {
  readonly messageId: string
  readonly chatId: string
  readonly from: string
  readonly timestamp: number
} & (
  | { /** An empty emoji: taken back. */ readonly type: 'reaction'; readonly emoji: string }
  | { readonly type: 'edited'; readonly body: string }
  | { readonly type: 'deleted' }
  | { readonly type: 'poll-vote'; readonly options: readonly string[] }
)

/** What happens in the chats of an account; everybody who follows the instance hears of it. */
export type ChatFact =
  | { readonly type: 'message'; readonly message: IncomingMessage }
  | { readonly type: 'ack'; readonly messageId: string; readonly ack: Ack }
  | MessageChange

/** What a transport reports, as it happens. */
export type TransportFact =
  | { readonly type: 'qr'; readonly qr: string }
  | { readonly type: 'pairing-code'; readonly code: string }
  | { readonly type: 'authenticated' }
  /** `pairing` changes when the account was paired anew: an older absence then proves nothing. */
  | { readonly type: 'ready'; readonly info: ClientInfo; readonly pairing: string }
  | { readonly type: 'disconnected'; readonly reason: string; readonly loggedOut?: boolean }
  | { readonly type: 'auth-failure'; readonly reason: string }
  /** WhatsApp restricts the account: nothing more is sent until a person resumes. */
  | { readonly type: 'restricted'; readonly reason: string }
  | ChatFact

/** The connection of one instance. Made anew for every start. */
export interface Transport {
  readonly capabilities: TransportCapabilities
  /** Begins to connect; progress comes as facts. Rejects only when it cannot even begin. */
  start(): Promise<void>
  /** Lets go of everything; the pairing stays. */
  stop(): Promise<void>
  /** Unlinks the account, then lets go. */
  logout(): Promise<void>
  /** Asks for a code to type into the phone instead of scanning. It comes as a fact, too. */
  requestPairingCode(phoneNumber: string): Promise<string>
  /** Resolves when the transport has the message; rejects with a TransportError. */
  send(message: OutgoingMessage): Promise<SendReceipt>
  /** What the chat shows of a message whose fate is not known. */
  findSent(query: SentQuery): Promise<SentAnswer>
  /** The newest message of a chat; `null` when it has none. */
  newestMessageId(chatId: string): Promise<string | null>
  /** The chat id under which WhatsApp knows a number; `null` when it does not. */
  resolveNumber(chatId: string): Promise<string | null>
  /** An id that the next send may carry, where `preDrawnIds`. */
  drawMessageId?(chatId: string): string
  /** A round trip that proves the connection alive. */
  ping(): Promise<void>
  /** Rejects with a TransportError: `refused` where the message is not there or WhatsApp does not allow it. */
  act?(action: MessageAction): Promise<void>
  /**
   * The file of a message; `null` when it has none, or none that can be had any more.
   * @throws TransportError `refused` when it is larger than `maxBytes`; it is not fetched then
   */
  download?(messageId: string, maxBytes: number): Promise<IncomingMedia | null>
  /** What it takes of the machine at this moment; `null` while nothing runs. */
  usage?(): Promise<TransportUsage | null>
}

export interface TransportSetup {
  readonly instance: string
  /** The instance's own directory, mode 0700; session files go here. */
  readonly directory: string
  /** Not to be called before `start`. */
  readonly report: (fact: TransportFact) => void
  /** Aborted when the transport must be gone: once it has stopped or logged out, or has taken too long to. */
  readonly signal: AbortSignal
}

/** A kind of connection that instances may choose. */
export interface TransportProvider {
  /** `simulator`, `whatsapp-web` */
  readonly kind: string
  create(setup: TransportSetup): Transport
}

export interface Transports {
  /**
   * Makes a kind of transport known. Sessions that waited for it are started.
   * @returns the undo, which may be awaited: then no session uses the kind any more
   */
  add(provider: TransportProvider): () => Awaitable<void>
}

/** Where transport plugins sign in; provided by the instances plugin. */
export const Transports = defineService<Transports>('transports')
