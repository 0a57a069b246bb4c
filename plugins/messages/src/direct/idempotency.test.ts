import { describe, expect, it } from 'vitest'
import { requestHash } from './idempotency.ts'

describe('requestHash', () => {
  it('is the same for the same request in another order', () => {
    expect(requestHash({ to: '1', options: { a: 1, b: [1, 2] } })).toBe(
      requestHash({ options: { b: [1, 2], a: 1 }, to: '1' }),
    )
  })

  it('differs for another body, recipient or order of a list', () => {
    const hashes = [
      { to: '1', text: 'a' },
      { to: '1', text: 'b' },
      { to: '2', text: 'a' },
      { to: '1', text: 'a', ids: ['x', 'y'] },
      { to: '1', text: 'a', ids: ['y', 'x'] },
    ].map(requestHash)
    expect(new Set(hashes).size).toBe(5)
  })
})
