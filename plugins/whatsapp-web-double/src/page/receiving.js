import { reacted, voted } from './addons.js'
import { show } from './chats.js'
import { Contact, learn } from './contacts.js'
import { change, find, load } from './messages.js'
import { MsgKey } from './msg-key.js'
import { keep, recordOf } from './storage.js'
import { createWid } from './wid.js'
import { wire } from './wire.js'

const receivers = {
  async message({ message, pushname, unread }) {
    const record = {
      ...message,
      key: new MsgKey({ ...message, remote: message.chat })._serialized,
      settledAt: Date.now(),
    }
    if (recordOf(record.key)) return
    await keep(record)
    if (pushname) Contact.gadd(createWid(record.author ?? record.from), { pushname })
    const chat = show(load(record, true))
    if (unread) chat.set({ unreadCount: chat.unreadCount + 1 })
  },

  async edit({ key, body, timestamp }) {
    const message = await find(key)
    if (!message) return
    const field = message.directPath ? 'caption' : 'body'
    await change(message, { [field]: body, latestEditSenderTimestampMs: timestamp })
  },

  async revoke({ key }) {
    const message = await find(key)
    if (message) await change(message, { type: 'revoked', subtype: 'sender', body: '', caption: undefined })
  },

  reaction: reacted,
  vote: voted,
}

/** Things that happened, oldest first; each is kept before the network is told that it can forget it. */
export async function receive({ items }) {
  for (const item of items) {
    learn(item.known?.number, item.known?.lid)
    await receivers[item.what](item)
    wire.send({ type: 'received', number: item.number })
  }
}
