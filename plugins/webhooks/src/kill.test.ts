import { describe, expect, it } from 'vitest'
import { killedHosts } from './testing/killed-hosts.ts'

describe('C1: a host that is killed', () => {
  it('has every event delivered that it had committed, each under one id', async () => {
    // Some die by what they have told, some by what has arrived: in the middle of deliveries.
    const outcome = await killedHosts([1, 0, 20, 0, 50])
    expect(outcome).toMatchObject({ lost: [], renamed: [], shared: 0, code: 0 })
    expect(outcome.committed).toBeGreaterThan(50)
  }, 180_000)
})
