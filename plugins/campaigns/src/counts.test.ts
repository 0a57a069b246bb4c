import { describe, expect, it } from 'vitest'
import { isInDoubt, outcomeOf, toCounters } from './counts.ts'

describe('the counters', () => {
  it('count a read message as delivered and sent, too', () => {
    expect(
      toCounters({
        queued: 1,
        sending: 1,
        sent: 2,
        delivered: 3,
        read: 4,
        failed: 5,
        skipped: 1,
        cancelled: 1,
        held: 6,
      }),
    ).toEqual({
      total: 24,
      queued: 2,
      sent: 9,
      delivered: 7,
      read: 4,
      replied: 0,
      failed: 5,
      skipped: 2,
      held: 6,
    })
  })

  it('call a campaign in doubt when nothing is left but to look for what became of messages', () => {
    for (const it of ['unknown', 'reconciling', 'waiting'] as const) {
      expect(isInDoubt({ sent: 5, held: 1, [it]: 1 })).toBe(true)
      for (const open of ['queued', 'claimed', 'sending'] as const)
        expect(isInDoubt({ [it]: 1, [open]: 1 })).toBe(false)
    }
    expect(isInDoubt({ sent: 5 })).toBe(false)
  })

  it('call a campaign done when no fate is open, and stuck when only held ones are left', () => {
    expect(outcomeOf({ sent: 5, failed: 1 })).toBe('completed')
    expect(outcomeOf({ sent: 5, held: 1 })).toBe('held')
    for (const open of ['queued', 'claimed', 'sending', 'unknown', 'reconciling', 'waiting'] as const)
      expect(outcomeOf({ sent: 5, held: 1, [open]: 1 })).toBeUndefined()
  })
})
