import { describe, expect, it } from 'vitest'
import { accountOf } from './account.ts'

const of = (query: string, body = {}) => accountOf(new URLSearchParams(query), body)

describe('the account of a request', () => {
  it('is named in the query or in the body, by either name; else it is the default one', () => {
    expect([of(''), of('', { instance: null })]).toEqual(['default', 'default'])
    expect([of('clientId=a'), of('instance=b'), of('', { clientId: 'c' }), of('', { instance: 'd' })]).toEqual([
      'a',
      'b',
      'c',
      'd',
    ])
    expect(of('clientId=a&instance=a&clientId=a', { instance: 'a', clientId: 'a' })).toBe('a')
  })

  it.each([
    ['clientId=a&clientId=b', {}],
    ['clientId=a&instance=b', {}],
    ['clientId=a', { instance: 'b' }],
    ['', { instance: 'a', clientId: 'b' }],
    ['', { instance: ['a'] }],
    ['', { clientId: { a: 1 } }],
  ])('D9: is refused where two are named, or what is no name: %s %j', (query, body) => {
    expect(() => of(query, body)).toThrow(expect.objectContaining({ status: 400, code: 'WAQ_INPUT_INVALID' }))
  })

  it('D9: is named by no other word', () => {
    expect(of('instanceName=a&INSTANCE=a&instance[]=a&sessionId=a', { instanceName: 'a', session: 'a' })).toBe(
      'default',
    )
  })
})
