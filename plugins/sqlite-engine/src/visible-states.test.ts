import type { DatabaseState } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { visibleStates } from './visible-states.ts'

const states = ['host', 'shop', 'other'].map((name): DatabaseState => ({ name, state: 'open', since: 0 }))
const seenBy = (instances: ReadonlySet<string> | 'all') => {
  const principal = { id: 'k', role: 'key', permissions: new Set(['system:read']), instances }
  return visibleStates({ states: () => states }, { principal }).map((it) => it.name)
}

describe('the states of the database files', () => {
  it('are shown as far as the caller reaches', () => {
    expect(seenBy('all')).toEqual(['host', 'shop', 'other'])
    expect(seenBy(new Set(['shop']))).toEqual(['host', 'shop'])
    expect(visibleStates({ states: () => states }, { principal: null })).toEqual([])
  })
})
