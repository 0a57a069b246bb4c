import { z } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { describe as described } from './json-schema.ts'
import { sampleOf } from './sample.ts'

function sampled(schema: z.ZodType, known?: Record<string, unknown>) {
  const { schema: json, named } = described(schema, 'output', 'x')
  return sampleOf(json, { named, ...(known && { known }) })
}

describe('a sample', () => {
  it.each([
    z.object({ a: z.string(), b: z.int().min(5), c: z.boolean(), d: z.array(z.object({ e: z.null() })) }),
    z.union([z.null(), z.object({ kind: z.literal('a') })]),
    z.discriminatedUnion('on', [z.object({ on: z.literal('x') }), z.object({ on: z.literal('y'), z: z.string() })]),
    z.intersection(z.object({ a: z.string() }), z.object({ b: z.number().gt(3).max(9) })),
    z.record(z.string(), z.number()),
    z.object({ at: z.iso.datetime(), data: z.base64(), id: z.string().min(26), long: z.string().min(9) }),
    z.enum(['b', 'a']),
    z.array(z.string()).min(3),
    z.number().max(0),
    z.tuple([]),
    z.record(z.enum(['a', 'b']), z.int()),
    z.string().regex(/^usr_[0-9A-Z]{26}$/),
    z.object({ color: z.string().regex(/^#[0-9a-f]{6}$/) }),
  ])('is what the schema allows: %#', (schema) => {
    expect(schema.safeParse(sampled(schema)).error?.message).toBeUndefined()
  })

  it('takes the examples that a schema brings', () => {
    expect(sampled(z.object({ a: z.string().meta({ examples: ['one', 'two'] }) }))).toEqual({ a: 'one' })
  })

  it('speaks of what is known by name, as far as it fits', () => {
    const schema = z.object({
      name: z.string(),
      count: z.int(),
      tags: z.array(z.string()),
      chatId: z.string().regex(/^\d+@c\.us$/),
      status: z.enum(['on', 'off']),
      fields: z.object({ city: z.string() }),
    })
    const known = { name: 'Mona', count: 7, tags: ['vip'], chatId: '1@c.us', status: 'off', fields: {}, more: 1 }
    expect(sampled(schema, known)).toEqual({ ...known, fields: { city: 'text' }, more: undefined })
    const unfit = { name: 1, count: 1.5, tags: [], chatId: '+20', status: 'gone' }
    expect(sampled(schema, unfit)).toMatchObject({
      name: 'text',
      count: 1,
      tags: ['text'],
      chatId: expect.stringMatching(/^[0-9A-Z]{26}$/),
      status: 'on',
    })
  })

  it('comes to an end where a schema leads back to itself', () => {
    const Tree: z.ZodType = z.object({
      get children() {
        return z.array(Tree)
      },
    })
    expect(JSON.stringify(sampled(Tree))).toContain('null')
  })
})
