import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Away } from './away.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('somebody who left', () => {
  it('is missed until they are back', async () => {
    const away = new Away()
    away.left('contacts')
    away.left('campaigns')
    const nobody = away.nobody(new AbortController().signal)
    away.came('contacts')
    expect(away.isEmpty).toBe(false)
    away.came('campaigns')
    await nobody
    expect(away.isEmpty).toBe(true)
  })

  it('is gone for good after a minute', async () => {
    const away = new Away()
    away.left('contacts')
    const nobody = away.nobody(new AbortController().signal)
    vi.advanceTimersByTime(60_000)
    await nobody
    expect(vi.getTimerCount()).toBe(0)
  })

  it('holds up nobody who has to go', async () => {
    const away = new Away()
    const going = new AbortController()
    away.left('contacts')
    const nobody = away.nobody(going.signal)
    going.abort(new Error('closing'))
    await expect(nobody).rejects.toThrow('closing')
    away.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})
