import type { Principal } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { beyond, roleOf } from './reach.ts'

const principal = (permissions: string[], instances: string[] | 'all'): Principal => ({
  id: 'p',
  role: 'scoped',
  permissions: new Set(permissions),
  instances: instances === 'all' ? 'all' : new Set(instances),
})

describe('what a key may hand on', () => {
  const maker = principal(['campaigns:*', 'messages:read'], ['shop'])

  it.each([
    [['campaigns:read'], ['shop'], undefined],
    [['campaigns:*', 'messages:read'], ['shop'], undefined],
    [['messages:write'], ['shop'], "the permission 'messages:write'"],
    [['messages:*'], ['shop'], "the permission 'messages:*'"],
    [['*'], ['shop'], "the permission '*'"],
    [['campaigns:read'], ['shop', 'office'], "the instance 'office'"],
    [['campaigns:read'], 'all', 'all instances'],
  ] as const)('%j on %j goes beyond by %j', (permissions, instances, excess) => {
    expect(beyond(maker, { permissions, instances })).toBe(excess)
  })

  it('is everything for one that may do everything', () => {
    expect(beyond(principal(['*'], 'all'), { permissions: ['*'], instances: 'all' })).toBeUndefined()
  })

  it('makes an administrator only of one that may do everything everywhere', () => {
    expect(roleOf({ permissions: ['*'], instances: 'all', gated: false })).toBe('admin')
    expect(roleOf({ permissions: ['*'], instances: 'all', gated: true })).toBe('gated')
    expect(roleOf({ permissions: ['*'], instances: ['shop'], gated: false })).toBe('scoped')
    expect(roleOf({ permissions: ['keys:*'], instances: 'all', gated: false })).toBe('scoped')
  })
})
