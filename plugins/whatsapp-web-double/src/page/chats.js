import { Contact, me, myLid, otherAddress, queryWidExists } from './contacts.js'
import { load, Msg } from './messages.js'
import { Collection, Model } from './model.js'
import { define } from './registry.js'
import { session } from './session.js'
import { allRecords, recordOf } from './storage.js'
import { createWid } from './wid.js'
import { wire } from './wire.js'

const PAGE_SIZE = 20
/** With `history: 'delayed'`, how long a chat lacks what the network has just taken. */
const HISTORY_DELAY_MS = 30_000

/** The messages of one chat that the page has loaded, as far as the history is there. */
class ChatMessages extends Collection {
  msgLoadState = { noEarlierMsgs: false, isLoadingEarlierMsgs: false, contextLoaded: false }

  getModelsArray() {
    const { history } = session.faults
    if (history === 'empty') return []
    const before = Date.now() - HISTORY_DELAY_MS
    return this.held().filter((it) => history === 'full' || it.ack === 0 || (it.settledAt ?? 0) <= before)
  }

  /** Also what the history does not show at the moment. */
  held() {
    const place = (message) => recordOf(message.id._serialized)?.sequence ?? Number.POSITIVE_INFINITY
    return super.getModelsArray().sort((a, b) => place(a) - place(b))
  }
}

class ChatModel extends Model {
  constructor(wid, attributes = {}) {
    super({ id: wid, unreadCount: 0, archive: false, pin: 0, mute: { expiration: 0 }, isLocked: false, ...attributes })
    this.msgs = new ChatMessages()
  }

  get formattedTitle() {
    return this.name ?? Contact.get(this.id)?.formattedName ?? `+${this.id.user}`
  }

  serialize() {
    const { msgs, groupMetadata, mute, ...attributes } = super.serialize()
    const last = this.lastReceivedKey
    return {
      ...attributes,
      ...(last && { lastReceivedKey: { ...last } }),
      msgs: msgs.getModelsArray().map((it) => it.serialize()),
    }
  }
}

class ChatCollection extends Collection {
  /** Under either address of a person. */
  get(id) {
    const exact = super.get(id)
    if (exact) return exact
    const other = typeof id === 'string' || id?._serialized ? otherAddress(createWid(id)) : undefined
    return other && super.get(other)
  }

  async find(id) {
    return this.get(id) ?? (await findOrCreateLatestChat(createWid(id))).chat
  }
}

export const Chat = new ChatCollection()

function open(wid, attributes) {
  const chat = new ChatModel(wid, attributes)
  Chat.add(chat)
  return chat
}

/** The chat of a message that is here already: it needs no question to the network. */
export function chatOf(wid) {
  return Chat.get(wid) ?? open(wid)
}

async function findOrCreateLatestChat(wid) {
  const known = Chat.get(wid)
  if (known) return { chat: known, created: false }
  if (wid.isGroup()) throw new Error(`findOrCreateLatestChat: not a member of ${wid}`)
  if (session.settings.strictLids && !wid.isLid() && !otherAddress(wid)) throw new Error('No LID for user')
  if (!otherAddress(wid) && !(await queryWidExists(wid))) throw new Error('No LID for user')
  const address = session.settings.lidChats && !wid.isLid() ? otherAddress(wid) : wid
  return { chat: Chat.get(address) ?? open(address), created: true }
}

/** Puts a message where it belongs. */
export function show(message) {
  const chat = chatOf(message.id.remote)
  chat.msgs.add(message)
  if (message.id.fromMe) chat.set({ t: message.t })
  else chat.set({ t: message.t, lastReceivedKey: message.id })
  Msg.add(message)
  return chat
}

/** After a start the page holds of each chat the newest message, and what waits to be sent; the rest is loaded on demand. */
export function restoreChats() {
  const newest = new Map(allRecords().map((it) => [it.chat, it.key]))
  const held = allRecords().filter((it) => newest.get(it.chat) === it.key || isPending(it))
  for (const record of held) show(load(record))
}

export function isPending(record) {
  return record.fromMe && record.ack === 0
}

async function loadEarlierMsgs({ chat }) {
  const { history } = session.faults
  if (history === 'empty') return []
  const held = new Set(chat.msgs.held().map((it) => it.id._serialized))
  const missing = allRecords().filter((it) => it.chat === chat.id._serialized && !held.has(it.key))
  const older = missing.slice(-PAGE_SIZE).map((it) => load(it))
  for (const message of older) {
    chat.msgs.add(message)
    if (!Msg.get(message.id)) Msg.add(message)
  }
  chat.msgs.msgLoadState.noEarlierMsgs = missing.length <= PAGE_SIZE && history === 'full'
  const shown = new Set(chat.msgs.getModelsArray())
  return older.filter((it) => shown.has(it))
}

class GroupMetadataModel extends Model {
  serialize() {
    const { participants, ...attributes } = super.serialize()
    return { ...attributes, participants: participants.map((it) => ({ ...it })) }
  }
}

/** What the network says of a group that this account is in. */
export function learnGroup({ id, subject, members, lidMode }) {
  const participants = members.map((it) => ({ id: createWid(it.id), isAdmin: it.admin, isSuperAdmin: false }))
  const groupMetadata = new GroupMetadataModel({
    id: createWid(id),
    subject,
    participants,
    isLidAddressingMode: lidMode,
    announce: false,
  })
  chatOf(createWid(id)).set({ name: subject, groupMetadata })
}

const GroupMetadata = {
  async update(wid) {
    const group = await wire.ask('group', { id: wid._serialized })
    if (group) learnGroup(group)
  },
}

/** As what this account writes in a chat: its number, or its hidden-number identity. */
export function writerIn(chat) {
  const hidden = chat.id.isGroup() ? chat.groupMetadata?.isLidAddressingMode : chat.id.isLid()
  return hidden ? myLid() : me()
}

define('WAWebFindChatAction', { findOrCreateLatestChat })
define('WAWebChatLoadMessages', { loadEarlierMsgs })
define('WAWebChatGetters', {
  getIsNewsletter: (chat) => chat.id.isNewsletter(),
  getIsBroadcast: (chat) => chat.id.isBroadcast(),
})
define('WAWebGetEphemeralFieldsMsgActionsUtils', { getEphemeralFields: () => ({}) })

const nothing = { get: () => undefined, find: async () => undefined, getModelsArray: () => [] }
define('WAWebCollections', {
  Msg,
  Chat,
  Contact,
  GroupMetadata,
  Blocklist: nothing,
  ProfilePicThumb: nothing,
  WAWebNewsletterCollection: nothing,
})
