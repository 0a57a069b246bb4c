import type { OutboxState, SendFailure, SentAnswer } from '@waqtor/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterFailure, judge, mayGo, provenStates, stateOfAck } from './state.ts'

const none = () => false
const limits = { now: 100_000, absentAfterMs: 1_000, patienceMs: 10_000 }
const fresh = { absentAt: null, unreadableSince: null, samePairing: true }

describe('the state machine', () => {
  it('never leaves what the network has proved, but forward', () => {
    const order: OutboxState[] = ['sent', 'delivered', 'read']
    for (const from of order) {
      for (const to of ['queued', 'claimed', 'sending', 'unknown', 'waiting', 'held'] as const)
        expect(mayGo(from, to)).toBe(false)
    }
    expect(mayGo('read', 'delivered')).toBe(false)
  })

  it('repeats only what is proved not to have left', () => {
    expect(afterFailure('not-connected').to).toBe('queued')
    expect(afterFailure('restricted').to).toBe('queued')
    expect(afterFailure('invalid-number')).toEqual({ to: 'failed', reason: 'not-on-whatsapp' })
    expect(afterFailure('refused').to).toBe('failed')
    expect(afterFailure('unknown').to).toBe('unknown')
    const failures: SendFailure[] = ['not-connected', 'invalid-number', 'refused', 'restricted', 'unknown']
    for (const it of failures) expect(mayGo('sending', afterFailure(it).to)).toBe(true)
    expect(mayGo('unknown', 'sending')).toBe(false)
    expect(mayGo('unknown', 'claimed')).toBe(false)
  })

  it('takes an acknowledgement for what it says', () => {
    expect([-1, 0, 1, 2, 3, 4].map((it) => stateOfAck(it as 0))).toEqual([
      'failed',
      undefined,
      'sent',
      'delivered',
      'read',
      'read',
    ])
  })
})

describe('judge', () => {
  const found = (ack: -1 | 0 | 1 | 2): SentAnswer => ({
    outcome: 'found',
    matches: [{ messageId: 'm1', ack, timestamp: 5 }],
  })

  it('believes what it finds, by its acknowledgement', () => {
    expect(judge(found(1), fresh, limits, none)).toEqual({ to: 'sent', reason: null, messageId: 'm1', at: 5 })
    expect(judge(found(2), fresh, limits, none).to).toBe('delivered')
    expect(judge(found(0), fresh, limits, none).to).toBe('waiting')
    expect(judge(found(-1), fresh, limits, none)).toMatchObject({ to: 'failed', reason: 'refused' })
  })

  it('never takes one message for the proof of two rows', () => {
    expect(judge(found(1), fresh, limits, () => true)).toEqual({ to: 'reconciling', reason: 'absent-once' })
  })

  it('repeats only after two absences, far enough apart', () => {
    expect(judge({ outcome: 'absent' }, fresh, limits, none)).toEqual({ to: 'reconciling', reason: 'absent-once' })
    expect(judge({ outcome: 'absent' }, { ...fresh, absentAt: 99_500 }, limits, none).to).toBe('reconciling')
    expect(judge({ outcome: 'absent' }, { ...fresh, absentAt: 99_000 }, limits, none)).toEqual({
      to: 'queued',
      reason: null,
    })
  })

  it('holds a row whose absence proves nothing, because the account was paired anew', () => {
    expect(judge({ outcome: 'absent' }, { ...fresh, absentAt: 1, samePairing: false }, limits, none)).toEqual({
      to: 'held',
      reason: 'paired-anew',
    })
    expect(judge(found(1), { ...fresh, samePairing: false }, limits, none).to).toBe('sent')
  })

  it('asks an unreadable history again for a while, then holds the row', () => {
    const unreadable: SentAnswer = { outcome: 'inconclusive', reason: 'history-empty' }
    expect(judge(unreadable, fresh, limits, none)).toEqual({ to: 'reconciling', reason: 'history-empty' })
    expect(judge(unreadable, { ...fresh, unreadableSince: 95_000 }, limits, none).to).toBe('reconciling')
    expect(judge(unreadable, { ...fresh, unreadableSince: 90_000 }, limits, none)).toEqual({
      to: 'held',
      reason: 'history-empty',
    })
  })

  it('never sends anew on anything but a proved absence', () => {
    const answers = fc.oneof(
      fc.record({ outcome: fc.constant('inconclusive' as const), reason: fc.string() }),
      fc.record({
        outcome: fc.constant('found' as const),
        matches: fc.array(
          fc.record({
            messageId: fc.string(),
            ack: fc.constantFrom(-1 as const, 0 as const, 1 as const, 2 as const),
            timestamp: fc.nat(),
          }),
          { minLength: 1 },
        ),
      }),
    )
    const doubts = fc.record({
      absentAt: fc.option(fc.nat()),
      unreadableSince: fc.option(fc.nat()),
      samePairing: fc.boolean(),
    })
    fc.assert(
      fc.property(answers, doubts, (answer, doubt) => {
        const { to } = judge(answer, doubt, limits, none)
        expect(to).not.toBe('queued')
        expect(mayGo('unknown', to)).toBe(true)
        if (answer.outcome === 'inconclusive') expect(provenStates.has(to)).toBe(false)
      }),
    )
  })
})
