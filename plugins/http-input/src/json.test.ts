import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { parseJson } from './json.ts'

const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`
const refused = expect.objectContaining({ code: 'WAQ_JSON_INVALID', status: 400 })

describe('a JSON document', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8, noUnicodeString: false }), (text) => {
        fc.pre(!text.includes('__proto__') && !text.includes('constructor'))
        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each([10, 32])('may be nested %d deep', (depth) => {
    expect(() => parseJson(nested(depth, '[', ']'))).not.toThrow()
    expect(() => parseJson(nested(depth, '{"a":', '}'))).not.toThrow()
  })

  it.each([33, 1_000, 100_000, 1_000_000])('B2: may not be nested %d deep', (depth) => {
    expect(() => parseJson(nested(depth, '[', ']'))).toThrow(refused)
    expect(() => parseJson(nested(Math.min(depth, 100_000), '{"a":', '}'))).toThrow(refused)
  })

  it('B2: is refused for its depth before it is parsed, which would hold up everybody', () => {
    const parse = vi.spyOn(JSON, 'parse')
    expect(() => parseJson(`{"a":${nested(400_000, '[', ']')}}`)).toThrow(/nested more than 32 deep/)
    expect(parse).not.toHaveBeenCalled()
  })

  it.each([
    JSON.stringify('['.repeat(1_000)),
    JSON.stringify({ a: `"${'{'.repeat(40)}`, 'b\\"[': ['\\', ...Array.from({ length: 100 }, () => [{}])] }),
  ])('is not deep for what stands in its strings and beside one another: %s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })

  it.each([
    '{"__proto__":{"polluted":true}}',
    '{"a":[{"__proto__":1}]}',
    String.raw`{"\u005f_proto__":{"polluted":true}}`,
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"a":{"constructor":{"prototype":1}}}',
  ])('B4: may not reach for a prototype: %s', (text) => {
    expect(() => parseJson(text)).toThrow(refused)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('may use the word constructor', () => {
    expect(parseJson('{"constructor":"ACME Builders","prototype":2}')).toEqual({
      constructor: 'ACME Builders',
      prototype: 2,
    })
  })

  it.each(['', '{', '{a:1}', '[1,]', 'NaN', "{'a':1}", '{"a":1}x', '\u0000'])('is none: %j', (text) => {
    expect(() => parseJson(text)).toThrow(refused)
  })
})
