import { isPending, show, writerIn } from './chats.js'
import { change, find, load, toRecord } from './messages.js'
import { MsgKey } from './msg-key.js'
import { define } from './registry.js'
import { session } from './session.js'
import { allRecords, keep } from './storage.js'
import { createWid } from './wid.js'
import { wire } from './wire.js'

const results = new Map()
/** The line on which a message has left. */
const sentOn = new WeakMap()

/** Without a line a message waits here, and leaves with the next one; on one line it leaves once. */
function transmit(record) {
  return new Promise((resolve) => {
    results.set(record.key, resolve)
    if (sentOn.get(record) === wire.line) return
    if (wire.send({ type: 'send', message: record })) sentOn.set(record, wire.line)
  })
}

/** Into the store, then into the chat, then to the network: what is sent is never unknown to the page. */
function addAndSendMsgToChat(_chat, message) {
  const type = message.type
  const mimetype = message.mimetype ?? (type === 'sticker' ? 'image/webp' : undefined)
  const record = toRecord({ ...message, mimetype })
  const added = keep(record).then(() => show(load(record, true)))
  const result = added.then(() => transmit(record))
  // The network answers with an error, and the page with a model: neither throws.
  const answerLost = Math.random() < session.faults.dropAnswerRate
  return [answerLost ? new Promise(() => {}) : added, result]
}

/** What the store still holds leaves with a new line. */
export function sendPending() {
  if (!session.settings.resend) return
  for (const record of allRecords().filter(isPending)) void transmit(record)
}

/** The network's word on a message: 1 accepted, 2 delivered, 3 read, 4 played, −1 refused. `silent`: nobody is told. */
export async function acknowledge({ key, ack, silent }) {
  const message = await find(key)
  results.get(key)?.({ messageSendResult: ack < 0 ? 'ERROR_UNKNOWN' : 'OK', t: message?.t })
  results.delete(key)
  if (!message || (ack >= 0 && ack <= message.ack)) return
  await change(message, { ack, settledAt: message.settledAt ?? Date.now() }, { silent })
}

/** Passes messages on, each under an id of its own. */
async function forwardMessages({ chat, msgs }) {
  for (const original of msgs) {
    const from = writerIn(chat)
    const id = new MsgKey({
      from,
      to: chat.id,
      id: await MsgKey.newId(),
      participant: chat.id.isGroup() ? from : undefined,
      selfDir: 'out',
    })
    const { quotedMsg, quotedStanzaID, quotedParticipant, ...kept } = original.serialize()
    const t = Math.floor(Date.now() / 1000)
    const more = { id, from, to: chat.id, ack: 0, t, isForwarded: true, author: undefined, settledAt: undefined }
    const [added] = addAndSendMsgToChat(chat, { ...kept, ...more })
    await added
  }
}

define('WAWebSendMsgChatAction', { addAndSendMsgToChat })
define('WAWebChatForwardMessage', { forwardMessages })
define('WAWebBackendJobsCommon', { mediaTypeFromProtobuf: () => null })
define('WAWebE2EProtoUtils', { typeAttributeFromProtobuf: () => 'text' })
define('WAWebVcardParsingUtils', {
  parseVcard: (text) => Object.fromEntries(text.split(/\r?\n/).map((line) => line.split(/:(.*)/, 2))),
})
define('WAWebVcardGetNameFromParsed', { vcardGetNameFromParsed: (vcard) => vcard.FN ?? vcard.N })
define('WAWebFrontendVcardUtils', {
  vcardFromContactModel: (contact) => {
    const number = createWid(contact.id).user
    const name = contact.formattedName
    const phone = `TEL;type=CELL;waid=${number}:+${number}`
    return { displayName: name, vcard: ['BEGIN:VCARD', 'VERSION:3.0', `FN:${name}`, phone, 'END:VCARD'].join('\n') }
  },
})
