import { describe, expect, it } from 'vitest'
import { Breaker } from './breaker.ts'
import { Budget } from './budget.ts'
import { Leases } from './leases.ts'
import { plannedRestart } from './upkeep.ts'

describe('the breaker', () => {
  const limits = { failures: 3, withinMs: 1_000, pauseMs: 200 }

  it('opens after so many failures within the time, and closes after its pause', () => {
    const breaker = new Breaker(limits)
    expect([0, 10].map((at) => breaker.fail(at, 'x'))).toEqual([false, false])
    expect(breaker.open(20)).toBeUndefined()
    expect(breaker.fail(20, 'the last')).toBe(true)
    expect(breaker.open(21)).toEqual({ until: 220, reason: 'the last' })
    expect(breaker.open(220)).toBeUndefined()
    // The one try that was let through fails.
    expect(breaker.fail(230, 'again')).toBe(true)
    expect(breaker.open(231)?.until).toBe(430)
  })

  it('does not count what is long past', () => {
    const breaker = new Breaker(limits)
    for (const at of [0, 600, 1_200, 1_800]) breaker.fail(at, 'x')
    expect(breaker.open(1_801)).toBeUndefined()
  })
})

it('refuses one account too many, and takes it when there is room again', () => {
  const budget = new Budget(1)
  const [one, other] = [{}, {}]
  budget.take(one)
  budget.take(one)
  expect(() => budget.take(other)).toThrow(/maxInstances/)
  budget.release(one)
  budget.take(other)
})

it('hands a directory over only once the other has let go', async () => {
  const leases = new Leases()
  const letGo = Promise.withResolvers<void>()
  const first = { replaced: () => letGo.promise }
  const second = { replaced: async () => {} }
  await leases.take('/d', first)
  await leases.take('/d', first)
  let isTaken = false
  const taking = leases.take('/d', second).then(() => {
    isTaken = true
  })
  await Promise.resolve()
  expect(isTaken).toBe(false)
  letGo.resolve()
  await taking
  // One that has lost it cannot give it back.
  leases.release('/d', first)
  const third = { replaced: async () => {} }
  await leases.take('/d', third)
  leases.release('/d', third)
})

describe('a page that works', () => {
  const limits = { maxAgeMs: 1_000, idleMs: 100, maxMemoryBytes: 1024 * 1024 }
  const usage = (memoryBytes: number) => ({ processes: 1, memoryBytes })

  it('is started anew when it takes too much', () => {
    const restart = plannedRestart({ ageMs: 0, quietMs: 0, usage: usage(2 * 1024 * 1024) }, limits)
    expect(restart?.reason).toMatch(/planned restart: Chromium takes 2 MB, more than the 1 MB/)
    // One that is always too large is not well, and its restarts count as losses.
    expect(restart?.planned).toBeUndefined()
  })

  it('is started anew when it is old, and has nothing to do', () => {
    expect(plannedRestart({ ageMs: 1_001, quietMs: 101, usage: null }, limits)).toMatchObject({
      reason: expect.stringMatching(/old and idle/),
      planned: true,
    })
    expect(plannedRestart({ ageMs: 1_001, quietMs: 99, usage: null }, limits)).toBeUndefined()
    expect(plannedRestart({ ageMs: 999, quietMs: 101, usage: usage(1) }, limits)).toBeUndefined()
  })
})
