import { describe, expect, it } from 'vitest'
import { nextTurn } from './turns.ts'

describe('turns', () => {
  it('stand in even steps, however long each of them takes', () => {
    const seen = [nextTurn(0, 1_000, 100)]
    for (const late of [0, 40, 99.9, 60]) seen.push(nextTurn(seen.at(-1)!, seen.at(-1)! + late, 100))
    expect(seen).toEqual([1_000, 1_100, 1_200, 1_300, 1_400])
  })

  it('do not come in a crowd after a step that was missed', () => {
    expect(nextTurn(1_000, 1_250, 100)).toBe(1_300)
  })

  it('do not come twice when a clock runs a little early', () => {
    expect(nextTurn(1_000, 999.4, 100)).toBe(1_100)
  })
})
