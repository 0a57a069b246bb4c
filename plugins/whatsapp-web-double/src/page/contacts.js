import { Collection, Model } from './model.js'
import { define } from './registry.js'
import { session } from './session.js'
import { createWid } from './wid.js'
import { wire } from './wire.js'

class ContactModel extends Model {
  get formattedName() {
    return this.name ?? this.pushname ?? `+${this.phoneNumber?.user ?? this.id.user}`
  }
}

class ContactCollection extends Collection {
  async find(id) {
    const wid = createWid(id)
    return this.get(wid) ?? this.gadd(wid)
  }

  gadd(wid, attributes = {}) {
    const known = this.get(wid)
    if (known) return known.set(attributes)
    const contact = new ContactModel({ id: wid, isBusiness: false, isContactBlocked: false, ...attributes })
    this.add(contact)
    return contact
  }
}

export const Contact = new ContactCollection()

const lidByNumber = new Map()
const numberByLid = new Map()

/** Two addresses of one person. */
export function learn(number, lid) {
  if (!number || !lid) return
  lidByNumber.set(number, lid)
  numberByLid.set(lid, number)
}

/** The other address of a person, where the page has learnt it. */
export function otherAddress(wid) {
  const other = lidByNumber.get(wid._serialized) ?? numberByLid.get(wid._serialized)
  return other && createWid(other)
}

export async function queryWidExists(wid) {
  const found = await wire.ask('exists', { id: wid._serialized })
  if (!found) return null
  learn(found.number, found.lid)
  return { wid: createWid(found.id), biz: false }
}

export function me() {
  return session.credentials ? createWid(session.credentials.me) : undefined
}

export function myLid() {
  return session.credentials ? createWid(session.credentials.lid) : undefined
}

const knows = (map) => (wid) => (map.has(wid._serialized) ? createWid(map.get(wid._serialized)) : undefined)
define('WAWebApiContact', {
  getCurrentLid: knows(lidByNumber),
  getPhoneNumber: knows(numberByLid),
  getAlternateUserWid: otherAddress,
})
define('WAWebLidMigrationUtils', { toPn: (wid) => knows(numberByLid)(createWid(wid)), toLid: knows(lidByNumber) })
define('WAWebQueryExistsJob', { queryWidExists })
define('WAWebUserPrefsMeUser', { getMaybeMePnUser: me, getMaybeMeLidUser: myLid })
define('WAWebContactGetters', {
  getIsMe: (contact) => contact.id.equals(me()) || contact.id.equals(myLid()),
  getIsUser: (contact) => contact.id.isUser(),
  getIsGroup: (contact) => contact.id.isGroup(),
  getIsWAContact: () => true,
  getUserid: (contact) => contact.id.user,
  getVerifiedName: () => undefined,
  getVerifiedLevel: () => undefined,
  getStatusMute: () => false,
  getName: (contact) => contact.name,
  getShortName: (contact) => contact.name,
  getPushname: (contact) => contact.pushname,
  getIsEnterprise: () => false,
})
define('WAWebFrontendContactGetters', { getIsMyContact: (contact) => contact.name !== undefined })
