import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ForgottenIds } from './forgotten-ids.ts'

describe('the ids of what was forgotten', () => {
  it('are all known, and hardly any other', () => {
    const ids = new ForgottenIds(Number.NEGATIVE_INFINITY)
    for (let i = 0; i < 20_000; i++) ids.add(`3EB0${i}`, i)
    for (let i = 0; i < 20_000; i++) expect(ids.mayHold(`3EB0${i}`, 0)).toBe(true)
    const alike = Array.from({ length: 20_000 }, (_, i) => ids.mayHold(`3EB1${i}`, 0)).filter(Boolean)
    expect(alike).toEqual([])
  })

  it('are kept whatever they look like', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (all) => {
        const ids = new ForgottenIds(Number.NEGATIVE_INFINITY)
        for (const id of all) ids.add(id, 1)
        expect(all.every((id) => ids.mayHold(id, 0))).toBe(true)
      }),
    )
  })

  it('may be any as far back as they are not known', () => {
    const ids = new ForgottenIds(100)
    expect(ids.mayHold('x', 100)).toBe(true)
    expect(ids.mayHold('x', 101)).toBe(false)
  })

  it('are lost themselves when there are too many, which is not forgotten', () => {
    const ids = new ForgottenIds(Number.NEGATIVE_INFINITY, 2_048)
    for (let i = 0; i < 1_500; i++) ids.add(String(i), i)
    expect(ids.mayHold('never', 500)).toBe(true)
    expect(ids.mayHold('never', 1_400)).toBe(false)
    expect(ids.mayHold('1499', 1_400)).toBe(true)
  })
})
