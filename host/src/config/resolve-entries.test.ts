import { definePlugin, type Problem, type Schema, z } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { resolveEntries } from './resolve-entries.ts'

function problemsOf(schema: Schema, config: unknown): readonly Problem[] {
  const plugin = definePlugin({ name: 'it', config: schema, setup() {} })
  return resolveEntries([{ spec: plugin.spec, config }]).problems
}

describe('an unknown option', () => {
  it('is a problem with the nearest known one, though zod would drop it in silence', () => {
    const schema = z.object({ directory: z.string().default('data'), port: z.number().default(1) })
    const [problem] = problemsOf(schema, { directroy: 'x' })
    expect(problem).toMatchObject({
      config: { path: ['directroy'], nearest: 'directory' },
      fix: "Did you mean 'directory'?",
    })
    expect(problemsOf(schema, { colour: 'red' })[0]?.config).not.toHaveProperty('nearest')
  })

  it.each([
    [
      'an object inside',
      z.object({ a: z.object({ known: z.string() }) }),
      { a: { known: 'x', knwon: 'y' } },
      ['a', 'knwon'],
    ],
    [
      'an optional object',
      z.object({ a: z.object({ known: z.string() }).optional() }),
      { a: { known: 'x', knwon: 1 } },
      ['a', 'knwon'],
    ],
    [
      'a nullable object',
      z.object({ a: z.object({ known: z.string() }).nullable() }),
      { a: { known: 'x', knwon: 1 } },
      ['a', 'knwon'],
    ],
    [
      'an object with a default',
      z.object({ a: z.object({ known: z.string() }).default({ known: 'd' }) }),
      { a: { known: 'x', knwon: 1 } },
      ['a', 'knwon'],
    ],
    [
      'an object that is read only',
      z.object({ a: z.object({ known: z.string() }).readonly() }),
      { a: { known: 'x', knwon: 1 } },
      ['a', 'knwon'],
    ],
    [
      'an object that is transformed',
      z.object({ a: z.object({ known: z.string() }).transform((it) => it.known) }),
      { a: { known: 'x', knwon: 1 } },
      ['a', 'knwon'],
    ],
    [
      'an item of a list',
      z.object({ list: z.array(z.object({ known: z.string() })) }),
      { list: [{ known: 'x' }, { known: 'x', knwon: 1 }] },
      ['list', 1, 'knwon'],
    ],
    [
      'a value of a record',
      z.object({ by: z.record(z.string(), z.object({ known: z.string() })) }),
      { by: { any: { known: 'x', knwon: 1 } } },
      ['by', 'any', 'knwon'],
    ],
    ['a strict object', z.strictObject({ known: z.string() }), { known: 'x', knwon: 1 }, ['knwon']],
    [
      'one of a union',
      z.object({ a: z.union([z.string(), z.object({ known: z.string() })]) }),
      { a: { known: 'x', knwon: 1 } },
      ['a', 'knwon'],
    ],
    [
      'one of a discriminated union',
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('a'), known: z.string() }),
        z.object({ kind: z.literal('b'), other: z.string().optional() }),
      ]),
      { kind: 'a', known: 'x', knwon: 1 },
      ['knwon'],
    ],
  ])('is seen in %s', (_, schema, config, path) => {
    const problems = problemsOf(schema, config)
    expect(problems.map((it) => it.config?.path)).toEqual([path])
    expect(problems[0]?.config?.nearest).toBe('known')
  })

  it('is never overlooked, though the schema contains itself', () => {
    interface Menu {
      readonly title: string
      readonly items?: readonly Menu[] | undefined
    }
    const menu: z.ZodType<Menu> = z.strictObject({ title: z.string(), items: z.array(z.lazy(() => menu)).optional() })
    const config = { title: 'a', items: [{ title: 'b', colour: 'red' }] }
    expect(problemsOf(z.object({ menu }), { menu: config })).toHaveLength(1)
    expect(
      problemsOf(z.object({ menu: z.strictObject({ a: z.string() }).and(z.strictObject({ b: z.string() })) }), {
        menu: { a: 'a', b: 'b', c: 'c' },
      }).length,
    ).toBeGreaterThan(0)
  })

  it('is none where the author lets any in', () => {
    expect(problemsOf(z.looseObject({ known: z.string() }), { known: 'x', more: 1 })).toEqual([])
    expect(problemsOf(z.object({ known: z.string() }).catchall(z.number()), { known: 'x', more: 1 })).toEqual([])
    expect(problemsOf(z.record(z.string(), z.number()), { any: 1 })).toEqual([])
    expect(
      problemsOf(z.object({ it: z.any(), fn: z.custom<() => void>((x) => typeof x === 'function') }), {
        it: { a: 1 },
        fn: () => {},
      }),
    ).toEqual([])
  })

  it('called like a part of every object is still unknown', () => {
    const config = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}')
    expect(problemsOf(z.object({}), config).map((it) => it.config?.path[0])).toEqual([
      '__proto__',
      'constructor',
      'toString',
    ])
    expect({}).not.toHaveProperty('polluted')
  })
})
