import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Alarm } from './alarm.ts'
import { drawCredential } from './credential.ts'
import { KeyExpiry } from './expiry.ts'
import { Keyring } from './keyring.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }))
afterEach(() => void vi.useRealTimers())

describe('an alarm', () => {
  it('rings once at its moment, also at one that no timer can wait for', () => {
    const rung: number[] = []
    const alarm = new Alarm(() => rung.push(Date.now()))
    const far = 1_000 + 100 * 86_400_000
    alarm.set(far)
    vi.advanceTimersByTime(99 * 86_400_000)
    expect(rung).toEqual([])
    vi.advanceTimersByTime(2 * 86_400_000)
    expect(rung).toEqual([far])
  })

  it('can be moved and taken back', () => {
    const rung: number[] = []
    const alarm = new Alarm(() => rung.push(Date.now()))
    alarm.set(2_000)
    alarm.set(3_000)
    vi.advanceTimersByTime(1_500)
    expect(rung).toEqual([])
    alarm.set(undefined)
    vi.advanceTimersByTime(10_000)
    expect(rung).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the end of keys', () => {
  it('is told of each once, at its time', () => {
    const ring = new Keyring()
    const ended: [string, number][] = []
    const expiry = new KeyExpiry(
      () => ring,
      (id) => ended.push([id, Date.now()]),
    )
    const add = (id: string, expiresAt: number | null) => {
      const usual = { origin: 'created' as const, permissions: ['*'], instances: 'all' as const, createdAt: 0 }
      const digest = drawCredential().text
      const none = { gated: false, rateLimit: null, createdBy: null, revokedAt: null, lastUsedAt: null }
      ring.add({ ...usual, ...none, id, name: id, digest, expiresAt })
      expiry.watch()
    }
    add('never', null)
    add('long over', 500)
    add('late', 5_000)
    add('early', 2_000)
    add('revoked', 3_000)
    ring.remove('revoked')
    vi.advanceTimersByTime(10_000)
    expect(ended).toEqual([
      ['early', 2_000],
      ['late', 5_000],
    ])
    add('after the stop', 20_000)
    expiry.stop()
    vi.advanceTimersByTime(20_000)
    expect(ended).toHaveLength(2)
  })
})
