import { change, drop, find } from './messages.js'
import { define } from './registry.js'
import { Cmd } from './socket.js'
import { wire } from './wire.js'

const EDIT_WITHIN_S = 15 * 60
const REVOKE_WITHIN_S = 60 * 60 * 60
const MEDIA_WITH_CAPTION = ['image', 'video', 'document']

/** Tells the network, and waits until it has heard. */
function signal(signal, details = {}) {
  return wire.ask('signal', { signal, ...details })
}

const isWithin = (message, seconds) => message.id.fromMe && Date.now() / 1000 - message.t < seconds

define('WAWebMsgActionCapability', {
  canEditText: (message) => message.type === 'chat' && isWithin(message, EDIT_WITHIN_S),
  canEditCaption: (message) => MEDIA_WITH_CAPTION.includes(message.type) && isWithin(message, EDIT_WITHIN_S),
  canSenderRevokeMsg: (message) => message.type !== 'revoked' && isWithin(message, REVOKE_WITHIN_S),
  canAdminRevokeMsg: () => false,
  canStarMsg: () => true,
})

define('WAWebSendMessageEditAction', {
  async sendMessageEdit(message, content) {
    await signal('edit', { key: message.id._serialized, body: content })
    const field = message.directPath ? 'caption' : 'body'
    await change(message, { [field]: content, latestEditSenderTimestampMs: Date.now() })
  },
})

Cmd.sendRevokeMsgs = async (_chat, { list }) => {
  for (const message of list) {
    await signal('revoke', { key: message.id._serialized })
    await change(message, { type: 'revoked', subtype: 'sender', body: '', caption: undefined })
  }
}
Cmd.sendDeleteMsgs = async (_chat, { list }) => {
  for (const message of list) {
    await signal('delete', { key: message.id._serialized })
    await drop((await find(message.id._serialized)) ?? message)
  }
}
Cmd.archiveChat = async (chat, archive) => chat.set({ archive })
Cmd.markChatUnread = async (chat) => chat.set({ unreadCount: -1 })

define('WAWebStreamModel', { Stream: { markAvailable() {}, markUnavailable() {} } })
define('WAWebUpdateUnreadChatAction', {
  async sendSeen({ chat }) {
    // It waits for a line, nobody waits for it.
    void signal('seen', { chat: chat.id._serialized })
    chat.set({ unreadCount: 0 })
  },
})

const chatState = (state) => (wid) => signal('chat-state', { state, chat: wid._serialized })
define('WAWebChatStateBridge', {
  sendChatStateComposing: chatState('typing'),
  sendChatStateRecording: chatState('recording'),
  sendChatStatePaused: chatState('paused'),
})
define('WAWebPresenceChatAction', {
  sendPresenceAvailable: () => signal('presence', { state: 'available' }),
  sendPresenceUnavailable: () => signal('presence', { state: 'unavailable' }),
})
