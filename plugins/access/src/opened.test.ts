import { afterEach, describe, expect, it, vi } from 'vitest'
import { Expiry } from './expiry.ts'
import { EVERYTHING, Opened } from './opened.ts'

describe('what is open', () => {
  it('is open until its time, the latest of several', () => {
    const opened = new Opened()
    opened.set('a', [
      { feature: 'campaigns', until: 100 },
      { feature: 'campaigns', until: 50 },
      { feature: 'reports', until: null },
    ])
    expect(opened.until('a', 'campaigns', 99)).toBe(100)
    expect(opened.until('a', 'campaigns', 100)).toBe(0)
    expect(opened.until('a', 'reports', 1e15)).toBe(Number.POSITIVE_INFINITY)
    expect(opened.until('b', 'campaigns', 0)).toBe(0)
  })

  it('is everything where everything was opened', () => {
    const opened = new Opened()
    opened.set('a', [
      { feature: EVERYTHING, until: 100 },
      { feature: 'reports', until: 10 },
    ])
    expect(opened.until('a', 'reports', 50)).toBe(100)
    expect(opened.until('a', 'of tomorrow', 50)).toBe(100)
  })

  it('is let go of at its end, and nothing else', () => {
    const opened = new Opened()
    opened.set('a', [{ feature: 'campaigns', until: 100 }])
    opened.set('b', [
      { feature: 'campaigns', until: 100 },
      { feature: 'reports', until: 200 },
    ])
    opened.set('c', [{ feature: 'campaigns', until: null }])
    expect(opened.nextEnd()).toBe(100)
    expect(opened.expire(99)).toEqual([])
    expect(opened.expire(100)).toEqual(['a', 'b'])
    expect(opened.nextEnd()).toBe(200)
    expect(opened.until('c', 'campaigns', 1_000)).toBe(Number.POSITIVE_INFINITY)
    opened.set('b', [])
    expect(opened.nextEnd()).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the end of what was open', () => {
  afterEach(() => void vi.useRealTimers())

  it('is told when it comes, however far off it is', () => {
    vi.useFakeTimers()
    const opened = new Opened()
    const told: string[] = []
    const expiry = new Expiry(opened, (id) => told.push(id), Date.now)
    const start = Date.now()
    opened.set('a', [{ feature: 'campaigns', until: start + 60_000 }])
    opened.set('b', [{ feature: 'campaigns', until: start + 30 * 86_400_000 }])
    expiry.schedule()
    vi.advanceTimersByTime(59_999)
    expect(told).toEqual([])
    vi.advanceTimersByTime(1)
    expect(told).toEqual(['a'])
    vi.advanceTimersByTime(30 * 86_400_000 - 60_001)
    expect(told).toEqual(['a'])
    vi.advanceTimersByTime(1)
    expect(told).toEqual(['a', 'b'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not told after the end of the plugin', () => {
    vi.useFakeTimers()
    const opened = new Opened()
    const told: string[] = []
    const expiry = new Expiry(opened, (id) => told.push(id), Date.now)
    opened.set('a', [{ feature: 'campaigns', until: Date.now() + 10 }])
    expiry.schedule()
    expiry.close()
    expiry.schedule()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(100)
    expect(told).toEqual([])
  })
})
