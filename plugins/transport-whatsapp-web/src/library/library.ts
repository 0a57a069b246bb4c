import type { ChildProcess } from 'node:child_process'
import type { LaunchOptions } from '../chromium/launch-options.ts'
import type { RawMessage } from '../page/globals.ts'

/*
 * whatsapp-web.js as far as WaQtor uses it. Its own types refer to packages and names that do not exist, so that whole
 * options are untyped; these were read off its sources, version 1.34.7.
 */

export interface Frame {
  url(): string
}

export interface Page {
  evaluate<A extends readonly unknown[], R>(work: (...args: A) => R | Promise<R>, ...args: A): Promise<R>
  on(event: 'framenavigated', listener: (frame: Frame) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'close', listener: () => void): unknown
  removeAllListeners(event: 'framenavigated'): unknown
  mainFrame(): Frame
}

export interface Browser {
  process(): Pick<ChildProcess, 'pid' | 'stdio'> | null
  once(event: 'disconnected', listener: () => void): unknown
  isConnected(): boolean
  close(): Promise<void>
}

export interface LibraryMessage {
  readonly _data: RawMessage
}

export interface LibraryReaction {
  readonly msgId: { readonly _serialized: string; readonly remote?: unknown }
  readonly senderId: string
  readonly reaction: string
  readonly timestamp: number
}

export interface LibraryVote {
  readonly voter: unknown
  readonly selectedOptions: readonly { readonly name?: string }[]
  readonly interractedAtTs: number
  readonly parentMsgKey: { readonly _serialized: string; readonly remote?: unknown }
}

export interface SendOptions {
  readonly sendSeen: boolean
  readonly linkPreview: boolean
  readonly caption?: string
  readonly quotedMessageId?: string
  readonly ignoreQuoteErrors?: boolean
  readonly mentions?: readonly string[]
  readonly sendAudioAsVoice?: boolean
  readonly sendMediaAsSticker?: boolean
  readonly sendMediaAsDocument?: boolean
  readonly parseVCards?: boolean
}

/** What the library emits, of what is listened to. */
export interface ClientEvents {
  qr: [qr: string]
  code: [code: string]
  authenticated: []
  ready: []
  auth_failure: [message: string]
  change_state: [state: string]
  loading_screen: [percent: number | string]
  disconnected: [reason: string]
  message_create: [message: LibraryMessage]
  message_ack: [message: LibraryMessage, ack: number]
  message_edit: [message: LibraryMessage, body: string]
  message_revoke_everyone: [message: LibraryMessage]
  message_reaction: [reaction: LibraryReaction]
  vote_update: [vote: LibraryVote]
}

export interface Client {
  readonly pupBrowser: Browser | null
  readonly pupPage: Page | null
  readonly info?: {
    readonly wid: { readonly user: string; readonly _serialized: string }
    readonly pushname?: string
    readonly platform?: string
  }
  lastLoggedOut: boolean
  initialize(): Promise<void>
  /** Wrapped: what the page has to say may have been said before it listens. */
  inject: () => Promise<void>
  /** Replaced on each client: the library closes the browser by itself at times, and nobody waits for it. */
  destroy: () => Promise<void>
  /** Replaced as well: what it starts may fail where nobody listens. */
  initWebVersionCache: () => Promise<void>
  /** Wrapped: what goes wrong in it is told to the page alone. */
  attachEventListeners: () => Promise<void>
  requestPairingCode(phoneNumber: string): Promise<string>
  sendMessage(chatId: string, content: unknown, options: SendOptions): Promise<LibraryMessage | undefined | null>
  sendReaction(messageId: string, emoji: string): Promise<void>
  getMessageById(messageId: string): Promise<LibraryMessageObject | null>
  sendSeen(chatId: string): Promise<boolean>
  on<E extends keyof ClientEvents>(event: E, listener: (...args: ClientEvents[E]) => void): unknown
  removeAllListeners(): unknown
}

export interface LibraryMedia {
  readonly mimetype: string
  /** Base64. */
  readonly data: string
  readonly filename?: string | null
}

export interface LibraryMessageObject extends LibraryMessage {
  edit(body: string, options: { readonly linkPreview: boolean }): Promise<unknown>
  delete(forEveryone: boolean, clearMedia?: boolean): Promise<void>
  downloadMedia(): Promise<LibraryMedia | undefined | null>
}

export interface ClientOptions {
  readonly authStrategy: unknown
  readonly puppeteer: LaunchOptions
  readonly authTimeoutMs: number
  readonly qrMaxRetries: number
  readonly takeoverOnConflict: false
  readonly webVersionCache: { readonly type: 'none' }
}

export interface Library {
  readonly Client: new (options: ClientOptions) => Client
  readonly LocalAuth: new (options: { readonly dataPath: string }) => unknown
  readonly MessageMedia: new (mimetype: string, data: string, filename?: string) => LibraryMedia
  readonly Location: new (
    latitude: number,
    longitude: number,
    options: { readonly name?: string; readonly address?: string },
  ) => unknown
  readonly Poll: new (
    question: string,
    options: readonly string[],
    more: { readonly allowMultipleAnswers: boolean },
  ) => unknown
}

let loading: Promise<Library> | undefined

/** Loads the library, with puppeteer, when the first account needs it: it takes half a second and 40 MB. */
export function loadLibrary(): Promise<Library> {
  loading ??= import('whatsapp-web.js').then((it) => it.default as unknown as Library)
  return loading
}
