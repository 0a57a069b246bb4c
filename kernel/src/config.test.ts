import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKernel, definePlugin, nearestOf, type Problem, resolve, type Schema, StartupError, z } from './index.ts'

function problemsOf(schema: Schema, config: unknown): readonly Problem[] {
  const plugin = definePlugin({ name: 'it', config: schema, setup() {} })
  return resolve([{ spec: plugin.spec, config }]).problems
}

describe('a wrong option', () => {
  const schema = z.object({
    port: z.number(),
    level: z.enum(['low', 'high']).default('low'),
    limits: z.object({ perHour: z.number().min(1) }).optional(),
    hosts: z.array(z.object({ name: z.string() })).default([]),
  })

  it('is told with its place, what was expected and what was found', () => {
    const [problem, ...others] = problemsOf(schema, { port: '8080' })
    expect(others).toEqual([])
    expect(problem).toMatchObject({
      code: 'WAQ_CONFIG_INVALID',
      plugin: 'it',
      config: { path: ['port'], expected: 'number', got: 'string' },
    })
    expect(problem?.message).toMatch(/^option 'port': /)
    expect(problem?.fix).not.toBe('')
  })

  it('is told however deep it stands', () => {
    expect(
      problemsOf(schema, { port: 1, limits: { perHour: null }, hosts: [{ name: 'a' }, { name: 2 }] }),
    ).toMatchObject([
      { config: { path: ['limits', 'perHour'], expected: 'number', got: 'null' } },
      { config: { path: ['hosts', 1, 'name'], expected: 'string', got: 'number' } },
    ])
  })

  it('names the values that it might have', () => {
    expect(problemsOf(schema, { port: 1, level: 'middle' })).toMatchObject([
      { config: { path: ['level'], expected: 'low | high', got: 'string' } },
    ])
  })

  it('is told when it is missing, and when there are no options at all', () => {
    expect(problemsOf(schema, {})).toMatchObject([{ config: { path: ['port'], got: 'undefined' } }])
    expect(problemsOf(schema, null)).toMatchObject([
      { message: expect.stringMatching(/^the options: /), config: { got: 'null' } },
    ])
  })

  it('never stands alone: all are told at once, of every plugin', async () => {
    const plugin = (name: string) => definePlugin({ name, config: schema, setup() {} })
    const kernel = createKernel({
      plugins: [
        { spec: plugin('one').spec, config: { port: 'x', level: 7 } },
        { spec: plugin('two').spec, config: { prot: 1 } },
      ],
    })
    const error = await kernel.start().catch((it: unknown) => it)
    expect(error).toBeInstanceOf(StartupError)
    const { problems, message } = error as StartupError
    expect(problems.map((it) => [it.plugin, it.config?.path.join('.')])).toEqual([
      ['one', 'port'],
      ['one', 'level'],
      ['two', 'prot'],
      ['two', 'port'],
    ])
    expect(message.split('\n')).toHaveLength(4)
  })
})

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

describe('the text of a problem', () => {
  it('never holds a value from the config, which may be a secret', () => {
    const schema = z.object({
      key: z.string().min(100),
      url: z.url(),
      level: z.enum(['low', 'high']),
      count: z.number(),
      pattern: z.string().regex(/^[a-z]$/),
      list: z.array(z.number()),
      inner: z.object({ token: z.number(), flag: z.literal('on') }),
      either: z.union([z.number(), z.boolean()]),
      date: z.iso.date(),
    })
    const secrets = fc.string({
      minLength: 6,
      maxLength: 40,
      unit: fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZ2345679'),
    })
    fc.assert(
      fc.property(secrets, (secret) => {
        const config = {
          ...Object.fromEntries(Object.keys(schema.shape).map((key) => [key, secret])),
          list: [secret],
          inner: { token: secret, flag: secret },
          unknwon: secret,
        }
        const problems = problemsOf(schema, config)
        expect(problems).toHaveLength(11)
        expect(JSON.stringify(problems)).not.toContain(secret)
        expect(new StartupError(problems, 'resolve').message).not.toContain(secret)
      }),
      { numRuns: 50 },
    )
  })
})

describe('nearestOf', () => {
  it.each([
    ['directroy', 'directory'],
    ['Port', 'port'],
    ['prt', 'port'],
    ['perhour', 'perHour'],
  ])('takes %s for %s', (word, expected) => {
    expect(nearestOf(word, ['directory', 'port', 'perHour'])).toBe(expected)
  })

  it('does not guess far', () => {
    expect(nearestOf('colour', ['directory', 'port'])).toBeUndefined()
    expect(nearestOf('x', [])).toBeUndefined()
  })

  it('always finds a word that is there', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, selector: (it) => it.toLowerCase() }),
        (words) => {
          for (const word of words) expect(nearestOf(word, words)).toBe(word)
        },
      ),
    )
  })
})
