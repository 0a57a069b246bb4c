import { hash } from 'node:crypto'
import { nameKeyOf } from '../users/store.ts'
import { isOwnNetwork } from './network.ts'
import type { Patience, Subject } from './throttle.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Of a name, whether somebody has it or not. */
const name: Patience = { free: 5, firstMs: MINUTE, longestMs: HOUR }
/** Of an address, whatever the name: an office has many people behind one. */
const address: Patience = { free: 30, firstMs: MINUTE, longestMs: HOUR }

// People type passwords where the name belongs, so no name is kept as it was typed.
const digestOf = (text: string) => hash('sha256', nameKeyOf(text)).slice(0, 32)

/**
 * What a sign-in with this name counts for. From where its owner has come in before it counts apart, so that a stranger
 * elsewhere cannot lock the owner out.
 */
export function nameSubject(typed: string, network: string, isKnown: boolean): Subject {
  const of = digestOf(typed)
  return { id: isKnown ? `known:${of}:${network}` : `name:${of}`, patience: name }
}

/** None for this machine's own address: behind a proxy on it everybody has that one, and one stranger would lock out all. */
export function addressSubjects(network: string): readonly Subject[] {
  return isOwnNetwork(network) ? [] : [{ id: `address:${network}`, patience: address }]
}

/** What the old password counts for, when somebody gives it to change it. */
export function passwordSubject(userId: string): Subject {
  return { id: `password:${userId}`, patience: name }
}

/** Beginnings of everything that may keep a user from signing in. */
export function prefixesOf(typed: string, userId: string): readonly string[] {
  const of = digestOf(typed)
  return [`name:${of}`, `known:${of}:`, `password:${userId}`, 'address:']
}
