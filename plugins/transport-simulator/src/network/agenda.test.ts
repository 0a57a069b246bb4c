import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Agenda } from './agenda.ts'
import { systemClock, VirtualClock } from './clock.ts'

describe('the agenda', () => {
  it('runs everything when it is due, in order of time and then of arrival', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 60 }), async (delays) => {
        const clock = new VirtualClock()
        const agenda = new Agenda(clock)
        const ran: [number, number][] = []
        delays.forEach((ms, index) => {
          agenda.in(ms, () => ran.push([clock.monotonic(), index]))
        })
        await clock.advance(50)
        const expected = delays.map((ms, index) => [ms, index]).sort(([a, i], [b, j]) => a! - b! || i! - j!)
        expect(ran).toEqual(expected)
        expect(agenda.size).toBe(0)
      }),
      { numRuns: 30 },
    )
  })

  it('runs nothing early', async () => {
    const clock = new VirtualClock()
    const agenda = new Agenda(clock)
    let ran = false
    agenda.in(10, () => {
      ran = true
    })
    await clock.advance(9)
    expect(ran).toBe(false)
    await clock.advance(1)
    expect(ran).toBe(true)
  })

  it('serves an earlier entry that comes later', async () => {
    const clock = new VirtualClock()
    const agenda = new Agenda(clock)
    const ran: string[] = []
    agenda.in(100, () => ran.push('late'))
    agenda.in(1, () => {
      ran.push('soon')
      agenda.in(1, () => ran.push('next'))
    })
    await clock.advance(10)
    expect(ran).toEqual(['soon', 'next'])
    await clock.advance(90)
    expect(ran).toEqual(['soon', 'next', 'late'])
  })

  it('forgets everything when it is closed', async () => {
    const clock = new VirtualClock()
    const agenda = new Agenda(clock)
    const ran: string[] = []
    agenda.in(1, () => ran.push('before'))
    agenda.close()
    agenda.in(1, () => ran.push('after'))
    await clock.advance(10)
    expect(ran).toEqual([])
    expect(agenda.size).toBe(0)
  })

  it('runs on the clock of the machine as well', async () => {
    const agenda = new Agenda(systemClock)
    await new Promise<void>((resolve) => agenda.in(5, resolve))
    expect(systemClock.now()).toBeGreaterThan(Date.UTC(2020, 0, 1))
    agenda.close()
  })
})
