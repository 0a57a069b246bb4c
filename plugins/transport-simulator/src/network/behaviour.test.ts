import { describe, expect, it } from 'vitest'
import { Control } from '../contract.ts'
import { Behaviours, wellBehaved } from './behaviour.ts'

const now = Date.UTC(2030, 0, 1)

describe('how phones behave', () => {
  it('is what was said last, for all or for one', () => {
    const behaviours = new Behaviours(wellBehaved('s'))
    behaviours.change({ latencyMs: 10, refuseRate: 0.5 }, now)
    behaviours.change({ instance: 'a', latencyMs: 20 }, now)
    expect(behaviours.of('a')).toMatchObject({ latencyMs: 20, refuseRate: 0.5 })
    expect(behaviours.of('b')).toMatchObject({ latencyMs: 10, refuseRate: 0.5 })
    behaviours.change({ latencyMs: 0 }, now)
    expect(behaviours.of('a')).toMatchObject({ latencyMs: 0, refuseRate: 0.5 })
  })

  it('takes a restriction with a reason, and lifts it', () => {
    const behaviours = new Behaviours(wellBehaved('s'))
    behaviours.change({ restrict: true }, now)
    expect(behaviours.all.restrict).not.toBeNull()
    behaviours.change({ restrict: 'too many strangers' }, now)
    expect(behaviours.all.restrict).toBe('too many strangers')
    behaviours.change({ restrict: false }, now)
    expect(behaviours.all.restrict).toBeNull()
  })

  it('takes a clock as a distance or as a moment', () => {
    const behaviours = new Behaviours(wellBehaved('s'))
    const shift = (clock: number | string) => {
      behaviours.change({ clock }, now)
      return behaviours.all.clockShiftMs
    }
    expect(shift(-3_600_000)).toBe(-3_600_000)
    expect(shift('2030-01-02T00:00:00Z')).toBe(86_400_000)
    expect(shift(now + 5)).toBe(5)
    expect(shift(0)).toBe(0)
  })

  it('takes any seed as a text', () => {
    const behaviours = new Behaviours(wellBehaved('s'))
    behaviours.change({ seed: 42 }, now)
    expect(behaviours.all.seed).toBe('42')
  })

  it('refuses a control that nobody understands, by name', () => {
    for (const wrong of [
      { latency: 5 },
      { refuseRate: 2 },
      { latencyMs: -1 },
      { history: 'none' },
      { clock: 'noon' },
      { instance: '../x' },
    ]) {
      expect(Control.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false)
    }
  })
})
