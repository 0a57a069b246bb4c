import { describe, expect, it } from 'vitest'
import { weaknessOf } from './weak.ts'

describe('a password', () => {
  it.each(['four words in a row', 'كلمات قليلة متتالية', 'mona likes blue tea', 'Tr0ub4dor&3xx'])(
    'like %j is fine',
    (text) => {
      expect(weaknessOf(text, 'mona')).toBeUndefined()
    },
  )

  it.each(['1111111111', 'abababababab', 'PASSWORD123', 'Mona--2026!!', 'mona123456'])('like %j is weak', (text) => {
    expect(weaknessOf(text, 'mona')).toBeTypeOf('string')
  })
})
