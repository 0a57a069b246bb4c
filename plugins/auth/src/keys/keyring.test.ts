import { describe, expect, it } from 'vitest'
import { digestOf, drawCredential } from './credential.ts'
import { Keyring } from './keyring.ts'
import type { KeyRecord } from './store.ts'

const record = (id: string, credential: string, rest: Partial<KeyRecord> = {}): KeyRecord => ({
  id,
  name: id,
  origin: 'created',
  digest: digestOf(credential).toString('hex'),
  permissions: ['messages:read'],
  instances: ['shop'],
  gated: false,
  rateLimit: null,
  createdAt: 0,
  createdBy: null,
  lastUsedAt: null,
  expiresAt: null,
  revokedAt: null,
  ...rest,
})

describe('the keyring', () => {
  it('knows the holder of a key by the whole of it', () => {
    const ring = new Keyring()
    const { id, text } = drawCredential()
    ring.add(record(id, text))
    expect(ring.verify(text, 0)).toEqual({
      id,
      role: 'scoped',
      permissions: new Set(['messages:read']),
      instances: new Set(['shop']),
    })
    expect(ring.verify(drawCredential().text, 0)).toBeUndefined()
    expect(ring.verify(id, 0)).toBeUndefined()
    ring.remove(id)
    expect(ring.verify(text, 0)).toBeUndefined()
  })

  it('does not take a right id with the secret of another key', () => {
    const ring = new Keyring()
    const [a, b] = [drawCredential(), drawCredential()]
    ring.add(record(a.id, b.text))
    expect(ring.verify(a.text, 0)).toBeUndefined()
  })

  it('lets a key end at its time', () => {
    const ring = new Keyring()
    const { id, text } = drawCredential()
    ring.add(record(id, text, { expiresAt: 1_000 }))
    expect(ring.verify(text, 999)?.id).toBe(id)
    expect(ring.verify(text, 1_000)).toBeUndefined()
  })

  it('takes any string from the environment, one that looks like a key of ours included', () => {
    for (const text of ['a passphrase that is long enough, really', drawCredential().text]) {
      const ring = new Keyring()
      ring.add(record('env', text, { origin: 'environment' }))
      expect(ring.verify(text, 0)?.id).toBe('env')
      expect(ring.verify(`${text}x`, 0)).toBeUndefined()
      ring.remove('env')
      expect(ring.verify(text, 0)).toBeUndefined()
    }
  })
})
