import { me, myLid } from './contacts.js'
import { mediaDataOf } from './media-data.js'
import { Collection, Model } from './model.js'
import { MsgKey } from './msg-key.js'
import { define } from './registry.js'
import { allRecords, forget, keep, recordOf } from './storage.js'
import { createWid } from './wid.js'

/** What a message carries besides its addresses; exactly this goes over the wire and into the store. */
const CARRIED = [
  ...['type', 'subtype', 'body', 't', 'ack', 'caption', 'isForwarded', 'forwardingScore', 'isViewOnce'],
  ...['mimetype', 'filename', 'size', 'filehash', 'encFilehash', 'mediaKey', 'mediaKeyTimestamp', 'directPath'],
  ...['clientUrl', 'deprecatedMms3Url', 'isGif', 'duration', 'loc', 'lat', 'lng', 'vcardFormattedName'],
  ...['quotedMsg', 'quotedStanzaID', 'quotedParticipant', 'pollName', 'pollOptions', 'pollSelectableOptionsCount'],
  ...['latestEditSenderTimestampMs', 'settledAt', 'title', 'description', 'matchedText'],
]

class MsgModel extends Model {
  unsafe() {
    return this
  }

  canReply() {
    return true
  }

  msgContextInfo() {
    return {
      quotedMsg: { type: this.type, body: this.body, caption: this.caption },
      quotedStanzaID: this.id.id,
      quotedParticipant: this.author ?? this.from,
    }
  }

  downloadMedia() {
    return this.mediaData.fetch()
  }

  serialize() {
    const { mediaData, ...attributes } = super.serialize()
    return { ...attributes, id: { ...this.id } }
  }
}

class MsgCollection extends Collection {
  modelClass = MsgModel

  async getMessagesById(ids) {
    const found = ids.map((id) => this.get(id) ?? load(recordOf(String(id))))
    return { messages: found.filter(Boolean) }
  }

  async search(query, page = 1, count = 50, chat = undefined) {
    const text = query.toLowerCase()
    const fits = (it) =>
      (!chat || it.chat === chat) && `${it.body ?? ''}\n${it.caption ?? ''}`.toLowerCase().includes(text)
    const found = allRecords().filter(fits).reverse()
    const messages = found.slice((page - 1) * count, page * count).map((it) => this.get(it.key) ?? load(it))
    return { messages, eof: page * count >= found.length }
  }
}

export const Msg = new MsgCollection()

/** A message of the store, as a model that no collection holds yet. */
export function load(record, isNewMsg = false) {
  if (!record) return undefined
  const { chat, fromMe, id, participant, author, to, from, mentionedJidList } = record
  const message = new MsgModel({
    id: new MsgKey({ fromMe, remote: chat, id, participant }),
    from: createWid(from),
    to: createWid(to),
    ...(author && { author: createWid(author) }),
    ...pick(record),
    mentionedJidList: (mentionedJidList ?? []).map(createWid),
    isNewMsg,
    self: fromMe ? 'out' : 'in',
  })
  if (message.directPath) message.mediaData = mediaDataOf(message, record.stage)
  return message
}

/** What stays of a message when the page goes: plain data. */
export function toRecord(message) {
  const { id, from, to, author, mentionedJidList } = message
  return {
    key: id._serialized,
    id: id.id,
    chat: id.remote._serialized,
    fromMe: id.fromMe,
    participant: id.participant?._serialized,
    from: (from ?? (id.remote.isLid() ? myLid() : me()))._serialized,
    to: to._serialized,
    author: author?._serialized,
    mentionedJidList: (mentionedJidList ?? []).map(String),
    ...pick(message),
  }
}

/** Changes a message in the collection and in the store. `silent`: without an event. */
export async function change(message, attributes, options = {}) {
  const record = recordOf(message.id._serialized)
  // It was deleted while somebody still had it in hand.
  if (!record) return
  message.set(attributes, options)
  await keep({ ...record, ...toRecord(message) })
}

export async function drop(message) {
  await forget(message.id._serialized)
  Msg.remove(message)
}

export async function find(key) {
  return (await Msg.getMessagesById([key])).messages[0]
}

function pick(source) {
  const carried = CARRIED.filter((name) => source[name] !== undefined && typeof source[name] !== 'function')
  return Object.fromEntries(carried.map((name) => [name, source[name]]))
}

define('WAWebMsgReply', { canReplyMsg: () => true })
define('WAWebQuotedMsgModelUtils', {
  getQuotedMsgObj: (message) => Msg.getModelsArray().find((it) => it.id.id === message.quotedStanzaID),
})
