/* The part of WhatsApp's page that WaQtor itself uses, typed. The library uses much more of it. */

/** Who or what an address names. */
export interface Wid {
  readonly _serialized: string
  readonly user: string
  readonly server: string
}

export interface MessageKey {
  readonly id: string
  readonly fromMe: boolean
  readonly remote: string | Wid
  readonly participant?: string | Wid
  readonly _serialized: string
}

/** A message as the page serialises it. What WhatsApp leaves out of some kinds is optional. */
export interface RawMessage {
  readonly id: MessageKey
  readonly type: string
  readonly ack?: number
  readonly t: number
  readonly body?: string
  readonly caption?: string
  readonly from?: string | Wid
  readonly to?: string | Wid
  readonly author?: string | Wid
  readonly directPath?: string
  readonly mimetype?: string
  readonly filename?: string
  readonly filehash?: string
  readonly size?: number
  readonly lat?: number
  readonly lng?: number
  readonly loc?: string
  readonly pollName?: string
  readonly pollOptions?: readonly { readonly name: string; readonly localId?: number }[]
  readonly vcardList?: readonly { readonly vcard: string }[]
  readonly quotedStanzaID?: string
  readonly quotedParticipant?: string | Wid
  readonly quotedRemoteJid?: string | Wid
  readonly mentionedJidList?: readonly (string | Wid)[]
  readonly isNotification?: boolean
}

export interface MessageModel extends RawMessage {
  serialize(): RawMessage
}

export interface ChatModel {
  readonly id: Wid
  readonly msgs: {
    getModelsArray(): MessageModel[]
    readonly msgLoadState?: { readonly noEarlierMsgs?: boolean }
  }
  readonly groupMetadata?: { readonly isLidAddressingMode?: boolean }
}

interface Collection<T> {
  get(id: string | Wid): T | undefined
  getModelsArray(): T[]
}

interface Modules {
  WAWebSocketModel: {
    Socket: { readonly state: string; readonly hasSynced: boolean; logout(): Promise<void> }
  }
  WAWebCollections: {
    Msg: Collection<MessageModel> & {
      getMessagesById(ids: readonly string[]): Promise<{ messages?: MessageModel[] } | undefined>
    }
    Chat: Collection<ChatModel>
  }
  WAWebWidFactory: { createWid(id: string): Wid }
  WAWebUserPrefsMeUser: { getMaybeMePnUser(): Wid | undefined; getMaybeMeLidUser(): Wid | undefined }
  WAWebApiContact: { getCurrentLid(wid: Wid): Wid | undefined; getPhoneNumber(wid: Wid): Wid | undefined }
  WAWebQueryExistsJob: { queryWidExists(wid: Wid): Promise<{ wid?: Wid } | null | undefined> }
  WAWebChatLoadMessages: { loadEarlierMsgs(of: { chat: ChatModel }): Promise<MessageModel[] | undefined> }
  WAWebMsgKey: { newId(...args: unknown[]): Promise<string> }
  WAWebMsgActionCapability: {
    canSenderRevokeMsg(message: MessageModel): boolean
    canAdminRevokeMsg(message: MessageModel): boolean
    canEditText(message: MessageModel): boolean
    canEditCaption(message: MessageModel): boolean
  }
}

/** What functions see that are evaluated in the page. */
export interface PageGlobals {
  require<N extends keyof Modules>(name: N): Modules[N]
  /** What the library puts into a document first of all. */
  readonly AuthStore?: unknown
  readonly WWebJS?: {
    getMessageModel(message: MessageModel): RawMessage
    forwardMessage(chatId: string, messageId: string): Promise<unknown>
    sendChatstate(state: 'typing' | 'recording' | 'stop', chatId: string): Promise<boolean>
  }
  onAppStateHasSyncedEvent?(): Promise<void>
  /** Functions of this process that the document has called. */
  readonly waqtorCalled?: Readonly<Record<string, true>>
  waqtorNextId?: string | undefined
  /** The id of the message that the page was last prepared for. */
  waqtorTurn?: string | undefined
  waqtorDrawsIds?: boolean
}
