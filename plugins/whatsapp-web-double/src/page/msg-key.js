import { define } from './registry.js'
import { createWid } from './wid.js'

/** The name of a message: whose it is, in which chat, its id there, and in a group who wrote it. */
export class MsgKey {
  constructor({ from, to, id, participant, selfDir, fromMe = selfDir === 'out', remote = fromMe ? to : from }) {
    this.fromMe = fromMe
    this.remote = createWid(remote)
    this.id = id
    if (participant) this.participant = createWid(participant)
    const parts = [fromMe, this.remote._serialized, id, this.participant?._serialized]
    this._serialized = parts.filter((it) => it !== undefined).join('_')
  }

  static async newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(9))
    return `3EB0${[...bytes]
      .map((it) => it.toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase()}`
  }

  static fromString(text) {
    const [fromMe, remote, id, participant] = text.split('_')
    return new MsgKey({ fromMe: fromMe === 'true', remote, id, participant })
  }

  toString() {
    return this._serialized
  }
}

// The library replaces `newId` on the module, which is the class itself.
define('WAWebMsgKey', MsgKey)
