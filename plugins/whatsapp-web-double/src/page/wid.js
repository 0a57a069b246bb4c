import { define } from './registry.js'

const form = /^([\w.:-]+)@(c\.us|s\.whatsapp\.net|lid|g\.us|broadcast|newsletter)$/

/** An address: a person by number or by hidden-number identity, a group, a broadcast. */
export class Wid {
  constructor(user, server) {
    this.server = server
    this.user = user
    this._serialized = `${user}@${server}`
  }

  isUser() {
    return this.server === 'c.us' || this.server === 'lid'
  }

  isLid() {
    return this.server === 'lid'
  }

  isGroup() {
    return this.server === 'g.us'
  }

  isStatus() {
    return this._serialized === 'status@broadcast'
  }

  isBroadcast() {
    return this.server === 'broadcast'
  }

  isNewsletter() {
    return this.server === 'newsletter'
  }

  equals(other) {
    return other?._serialized === this._serialized
  }

  toString() {
    return this._serialized
  }

  toJid() {
    return this._serialized.replace('@c.us', '@s.whatsapp.net')
  }
}

export function createWid(like) {
  if (like instanceof Wid) return like
  const text = typeof like === 'string' ? like : like?._serialized
  const [, user, server] = form.exec(text ?? '') ?? []
  if (!user || (server === 'c.us' && !/^\d+$/.test(user))) throw new Error('wid error: invalid wid')
  return new Wid(user, server === 's.whatsapp.net' ? 'c.us' : server)
}

function asUserWidOrThrow(wid) {
  if (!createWid(wid).isUser()) throw new Error('asUserWidOrThrow: not a user wid')
  return createWid(wid)
}

define('WAWebWidFactory', { createWid, createWidFromWidLike: createWid, asUserWidOrThrow })
define('WAWebWidToJid', { widToUserJid: (wid) => wid.toJid(), widToGroupJid: (wid) => wid.toJid() })
define('WAWebJidToWid', { userJidToUserWid: createWid })
