import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { newId } from '@waqtor/kernel'

/** A credential and the id under which it is looked up. */
export interface Credential {
  readonly id: string
  readonly text: string
}

/** What the text of a credential begins with. */
const prefixes = { key: 'waq', session: 'waqs' } as const
export type CredentialKind = keyof typeof prefixes

const patterns = {
  key: /^waq_([0-9A-Z]{26})_[0-9a-f]{64}_([0-9a-f]{8})$/,
  session: /^waqs_([0-9A-Z]{26})_[0-9a-f]{64}_([0-9a-f]{8})$/,
}

/** Draws a credential: `waq_<id>_<secret>_<crc>`, or `waqs_…` for a session, with 256 random bits. */
export function drawCredential(kind: CredentialKind = 'key'): Credential {
  const id = newId('x').slice('x_'.length)
  const body = `${prefixes[kind]}_${id}_${randomBytes(32).toString('hex')}`
  return { id, text: `${body}_${checksum(body)}` }
}

/** The id inside a credential of ours; nothing when it is another string, or a mistyped one. */
export function idOf(kind: CredentialKind, credential: string): string | undefined {
  const match = patterns[kind].exec(credential)
  if (!match) return undefined
  const body = credential.slice(0, -9)
  return checksum(body) === match[2] ? match[1] : undefined
}

/** What is stored of a credential: the SHA-256 of its bytes. */
export function digestOf(credential: string, encoding: 'latin1' | 'utf8' = 'utf8'): Buffer {
  // By way of a text: a buffer that is made for the answer alone costs more than the hash.
  return Buffer.from(hash('sha256', Buffer.from(credential, encoding), 'binary'), 'latin1')
}

/**
 * A stored digest, to be compared with for as long as the process runs. In memory of its own: a small `Buffer.from` is a
 * piece of 64 kB that are shared by whatever was made at the time, and one piece that is kept keeps all of it.
 */
export function keptDigest(hex: string): Buffer {
  const digest = Buffer.alloc(hex.length / 2)
  digest.write(hex, 'hex')
  return digest
}

// A checksum tells a truncated or mistyped key from a wrong one without a look at the store, and lets scanners for leaked
// secrets recognise one.
function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, '0')
}
