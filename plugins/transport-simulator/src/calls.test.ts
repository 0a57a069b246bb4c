import { describe, expect, it } from 'vitest'
import { Calls } from './calls.ts'
import { VirtualClock } from './network/clock.ts'
import type { Answer } from './network/operations.ts'

const lost = (reason: string) => new Error(reason)

describe('questions without an answer', () => {
  it('run out one after another', async () => {
    const clock = new VirtualClock()
    const calls = new Calls(clock, 100)
    const ended: string[] = []
    const begin = (name: string, ask: (answer: Answer) => void = () => {}) => {
      calls.begin(ask, lost).then(
        () => ended.push(`${name} answered`),
        (error: Error) => ended.push(`${name}: ${error.message}`),
      )
    }
    begin('first')
    await clock.advance(50)
    begin('second')
    begin('third', (answer) => answer({ ok: null }))
    await clock.advance(50)
    await clock.advance(0)
    expect(ended).toEqual(['third answered', 'first: no answer within 100 ms'])
    await clock.advance(49)
    expect(ended).toHaveLength(2)
    await clock.advance(1)
    await clock.advance(0)
    expect(ended[2]).toBe('second: no answer within 100 ms')
  })

  it('take no answer that comes too late', async () => {
    const clock = new VirtualClock()
    const calls = new Calls(clock, 100)
    let late: Answer = () => {}
    const asked = calls.begin((answer) => {
      late = answer
    }, lost)
    const failed = expect(asked).rejects.toThrow('no answer')
    await clock.advance(100)
    late({ ok: null })
    await failed
  })

  it('fail together when no answer can come any more', async () => {
    const calls = new Calls(new VirtualClock(), 100)
    const asked = [calls.begin(() => {}, lost), calls.begin(() => {}, lost)]
    const failed = Promise.all(asked.map((it) => expect(it).rejects.toThrow('gone')))
    calls.failAll('gone')
    calls.failAll('again')
    await failed
  })
})
