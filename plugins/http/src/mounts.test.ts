import type { HttpHandler } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { Mounts, type Served } from './mounts.ts'

const handler = () => ({ status: 200 })

describe('mounts', () => {
  it('are found by the longest prefix of whole segments', () => {
    const mounts = new Mounts()
    const [root, api, v2] = [() => ({ status: 1 }), () => ({ status: 2 }), () => ({ status: 3 })]
    const handlers: HttpHandler[] = [root, api, v2]
    mounts.add('/', root)
    mounts.add('/api', api)
    mounts.add('/api/v2', v2)
    const seen = ['/', '/x', '/api', '/api/', '/api/v1/x', '/api/v2', '/api/v2/x/y', '/api/v22', '/apis'].map(
      (path) => {
        const found = mounts.find(path) as Served
        return [handlers.indexOf(found.handler), found.path]
      },
    )
    expect(seen).toEqual([
      [0, '/'],
      [0, '/x'],
      [1, '/'],
      [1, '/'],
      [1, '/v1/x'],
      [2, '/'],
      [2, '/x/y'],
      [1, '/v22'],
      [0, '/apis'],
    ])
  })

  it('are gone when undone', () => {
    const mounts = new Mounts()
    const undo = mounts.add('/x', handler)
    undo()
    expect(mounts.find('/x')).toBeUndefined()
    mounts.add('/x', handler)
    undo()
    expect(mounts.find('/x')).toBeDefined()
  })

  it.each(['', 'x', '/x/', '//', '/x//y', '/x y', '/{x}'])('cannot be at %j', (prefix) => {
    expect(() => new Mounts().add(prefix, handler)).toThrow('is no prefix')
  })

  it('cannot be twice at one place', () => {
    const mounts = new Mounts()
    mounts.add('/x', handler)
    expect(() => mounts.add('/x', handler)).toThrow("mounted at '/x' already")
  })
})
