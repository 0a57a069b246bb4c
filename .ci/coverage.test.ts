import { describe, expect, it } from 'vitest'
import { byPackage, type Measures, percent } from './coverage.ts'

const file = (covered: number, total: number): Measures => ({
  lines: { covered, total },
  statements: { covered, total },
  functions: { covered, total },
  branches: { covered, total },
})

describe('percent', () => {
  it('never rounds up to the floor', () => {
    expect(percent({ covered: 79_999, total: 100_000 })).toBe(79.99)
    expect(percent({ covered: 80, total: 100 })).toBe(80)
  })

  it('takes a package without anything to run as covered', () => {
    expect(percent({ covered: 0, total: 0 })).toBe(100)
  })
})

describe('byPackage', () => {
  it('adds up the files of each package and of no other', () => {
    const files = new Map([
      ['plugins/a/src/one.ts', file(1, 10)],
      ['plugins/a/src/two.ts', file(9, 10)],
      ['plugins/a-b/src/one.ts', file(0, 10)],
    ])
    const sums = byPackage(files, ['plugins/a', 'plugins/a-b', 'plugins/c'])
    expect([...sums]).toEqual([
      ['plugins/a', file(10, 20)],
      ['plugins/a-b', file(0, 10)],
    ])
  })
})
