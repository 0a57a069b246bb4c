import { recordingLogger } from '@waqtor/kernel/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Upkeep } from './upkeep.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the upkeep', () => {
  it('does its chores each minute, each day and at the end, and goes on when one fails', async () => {
    const log = recordingLogger()
    const done = { often: 0, daily: 0 }
    const upkeep = new Upkeep(
      {
        often: async () => {
          done.often++
          if (done.often === 2) throw new Error('the disk is full')
        },
        daily: async () => {
          done.daily++
        },
      },
      log,
    )
    await vi.advanceTimersByTimeAsync(1_439 * 60_000)
    expect(done).toEqual({ often: 1_439, daily: 1 })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(done).toEqual({ often: 1_440, daily: 2 })
    expect(log.lines).toMatchObject([{ level: 'warn', data: { problem: 'the disk is full' } }])
    await upkeep.close()
    expect(done).toEqual({ often: 1_441, daily: 2 })
    expect(vi.getTimerCount()).toBe(0)
  })
})
