import { z } from '@waqtor/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldsOf, readQuery } from './fields.ts'

const read = (schema: z.ZodType, search: string) => readQuery(search, fieldsOf(schema))

describe('a query', () => {
  const schema = z.object({
    text: z.string(),
    int: z.int(),
    number: z.number().nullable().optional(),
    coerced: z.coerce.number().int().default(3),
    flag: z.boolean().default(false),
    list: z.array(z.string()),
    numbers: z.array(z.int()).optional(),
    either: z.union([z.string(), z.array(z.string())]),
    object: z.object({ a: z.int() }).optional(),
    level: z.union([z.literal(1), z.literal('top')]),
    choice: z.enum(['a', 'b']),
    transformed: z.string().transform((it) => it.length),
    anything: z.unknown(),
  })

  it.each([
    ['?text=1', { text: '1' }],
    ['?text=', { text: '' }],
    ['?text', { text: '' }],
    ['?text=a%20b+c', { text: 'a b c' }],
    ['?int=7&number=-1.5&coerced=9', { int: 7, number: -1.5, coerced: 9 }],
    ['?int=7x', { int: '7x' }],
    ['?int=', { int: '' }],
    ['?int=0x10', { int: '0x10' }],
    ['?int=1e3', { int: '1e3' }],
    ['?flag=true', { flag: true }],
    ['?flag=0', { flag: false }],
    ['?flag=yes', { flag: 'yes' }],
    ['?list=a', { list: ['a'] }],
    ['?list=a,b', { list: ['a', 'b'] }],
    ['?list=', { list: [] }],
    ['?list=a,b&list=c', { list: ['a,b', 'c'] }],
    ['?numbers=1,2,x', { numbers: [1, 2, 'x'] }],
    ['?either=a,b', { either: 'a,b' }],
    ['?either=a&either=b', { either: ['a', 'b'] }],
    ['?object={"a":1}', { object: { a: 1 } }],
    ['?object=a', { object: 'a' }],
    ['?level=1', { level: '1' }],
    ['?choice=a&transformed=12&anything=5&unknown=6', { choice: 'a', transformed: '12', anything: '5', unknown: '6' }],
    ['?a[b]=1&c.d=2', { 'a[b]': '1', 'c.d': '2' }],
    ['', {}],
  ])('%s is read as what its fields ask for', (search, input) => {
    expect(read(schema, search)).toEqual(input)
  })

  it.each(['?text=a&text=b', '?int=1&int=2', '?unknown=1&unknown=1'])(
    'is refused where it is not clear: %s',
    (search) => {
      expect(() => read(schema, search)).toThrow(expect.objectContaining({ code: 'WAQ_INPUT_INVALID', status: 400 }))
    },
  )

  it('cannot reach for a prototype', () => {
    expect(() => read(schema, '?__proto__=1')).toThrow('__proto__')
    expect(() => read(schema, '?object={"__proto__":{"a":1}}')).toThrow('__proto__')
  })

  it('knows the fields of unions, intersections and schemas that lead back to themselves', () => {
    type Tree = { n: number; inner?: Tree | undefined }
    const tree: z.ZodType<Tree> = z.object({
      n: z.int(),
      get inner() {
        return tree.optional()
      },
    })
    expect(read(tree, '?n=1&inner={"n":2}')).toEqual({ n: 1, inner: { n: 2 } })
    const union = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), n: z.int() }),
      z.object({ kind: z.literal('b'), flag: z.boolean() }),
    ])
    expect(read(union, '?kind=b&flag=1&n=2')).toEqual({ kind: 'b', flag: true, n: 2 })
    expect(read(z.object({ a: z.int() }).and(z.object({ b: z.int() })), '?a=1&b=2')).toEqual({ a: 1, b: 2 })
  })

  it('is read without a fault, whatever it is', () => {
    fc.assert(
      fc.property(fc.webQueryParameters(), (search) => {
        try {
          read(schema, `?${search}`)
        } catch (error) {
          expect(error).toMatchObject({ status: 400 })
        }
      }),
    )
  })
})
