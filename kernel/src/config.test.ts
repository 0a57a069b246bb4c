import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKernel, definePlugin, type Problem, resolve, type Schema, StartupError, z } from './index.ts'

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
      ['two', 'port'],
      ['two', 'prot'],
    ])
    expect(message.split('\n')).toHaveLength(4)
  })
})

describe('an unknown option', () => {
  it('is a problem, though zod would drop it in silence', () => {
    const schema = z.object({ directory: z.string().default('data'), port: z.number().default(1) })
    expect(problemsOf(schema, { directroy: 'x' })).toMatchObject([
      { config: { path: ['directroy'] }, message: "option 'directroy': there is no such option" },
    ])
    expect(problemsOf(z.strictObject({ known: z.string() }), { known: 'x', knwon: 1 })).toHaveLength(1)
  })

  it('is one wherever a schema is strict', () => {
    const list = z.array(z.strictObject({ known: z.string() }))
    expect(problemsOf(z.object({ list }), { list: [{ known: 'x', knwon: 1, more: 2 }] })).toMatchObject([
      { config: { path: ['list', 0, 'knwon'] } },
      { config: { path: ['list', 0, 'more'] } },
    ])
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
