import { definePlugin, z } from '@waqtor/kernel'
import { expect, test } from 'vitest'
import { checkShape } from './shape.ts'

const greeter = definePlugin({ name: 'greeter', config: z.strictObject({}), setup() {} })

test('entries that are switched off are left out, and the others keep their places', () => {
  const entry = greeter()
  const { config, problems } = checkShape({ default: { plugins: [false, entry, null, undefined, entry] } })
  expect(problems).toEqual([])
  expect(config).toEqual({ entries: [entry, entry], places: [1, 4], stopTimeoutMs: 9_500 })
})

test.each<[string, Record<string, unknown>, string]>([
  ['nothing at all', {}, 'there is no default export'],
  ['only a named export', { config: {} }, 'only config'],
  ['a promise', { default: Promise.resolve({}) }, 'is a promise'],
  ['a function', { default: () => ({}) }, 'is a function'],
  ['a list', { default: [greeter()] }, 'is a list'],
  ['null', { default: null }, 'is null'],
  ['a text', { default: 'x' }, 'is a string'],
])('an export that is %s is told what is wanted', (_, exports, message) => {
  const { config, problems } = checkShape(exports)
  expect(config).toBeUndefined()
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatchObject({ code: 'WAQ_CONFIG_SHAPE', plugin: 'host' })
  expect(problems[0]?.message).toContain(message)
})

test.each<[string, unknown, RegExp, RegExp]>([
  ['a plugin that was not called', greeter, /'greeter' stands there without a call/, /\(\)/],
  ['some function', () => 1, /a function/, /Call it/],
  ['a promise', Promise.resolve(greeter()), /a promise/, /await/],
  ['a list', [greeter()], /a list/, /Spread it/],
  ['a text', 'greeter', /a string/, /Import the plugin/],
  ['a plugin of the older shape', { name: 'x', onLoad() {} }, /older plugin shape/, /classic/],
  ['any other object', { spec: { name: 1 } }, /no plugin entry/, /definePlugin/],
])('an entry that is %s is named with what to do', (_, entry, message, fix) => {
  const { problems } = checkShape({ default: { plugins: [greeter(), entry] } })
  expect(problems).toHaveLength(1)
  expect(problems[0]?.message).toMatch(message)
  expect(problems[0]?.fix).toMatch(fix)
  expect(problems[0]?.config.path).toEqual(['plugins', 1])
})

test("the host's own options are checked like those of any plugin", () => {
  const { problems } = checkShape({ default: { plugin: [], logLevel: 'loud' } })
  expect(problems.map((it) => [it.config.path.join('.'), it.config.nearest])).toEqual([
    ['plugin', 'plugins'],
    ['plugins', undefined],
    ['logLevel', undefined],
  ])
})
