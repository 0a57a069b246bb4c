import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigSource } from './source.ts'

/** The place of a mark in a text, counted from 1. */
function placeOf(text: string, mark: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(mark)).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

describe('the place of an option', () => {
  const text = `import { defineConfig } from '@waqtor/host'
import http from '@waqtor/plugin-http'
import sqlite from '@waqtor/plugin-storage-sqlite'

const limits = { perHour: 10, perDay: 'many' } as const

export default defineConfig({
  plugins: [
    sqlite(),
    process.env.WEB ? http({ port: 'x', limits, hosts: [{ name: 1 }, { 'na-me': 2 }] }) : undefined,
  ],
  logLevel: 'loud',
})
`
  const source = new ConfigSource(text, 'waqtor.config.ts')

  test.each([
    [['port'], "port: 'x'"],
    [['limits', 'perDay'], "perDay: 'many'"],
    [['hosts', 0, 'name'], 'name: 1'],
    [['hosts', 1, 'na-me'], "'na-me'"],
    [['hosts', 1, 'missing'], "{ 'na-me'"],
    [['missing', 'deeper'], '{ port'],
    [[], 'http({'],
  ])('%j', (path, mark) => {
    expect(source.locate(1, 'http', path)).toEqual(placeOf(text, mark))
  })

  test('of a call without options is the call', () => {
    expect(source.locate(0, 'storage-sqlite', ['directory'])).toEqual(placeOf(text, 'sqlite()'))
  })

  test('of the host itself', () => {
    expect(source.locateOwn(['logLevel'])).toEqual(placeOf(text, "logLevel: 'loud'"))
    expect(source.locateOwn(['plugins', 1])).toEqual(placeOf(text, 'process.env.WEB'))
    expect(source.locateOwn(['nothing'])).toEqual(placeOf(text, '{\n  plugins'))
  })

  test('of an import', () => {
    expect(source.importOf((it) => it === '@waqtor/plugin-http')).toEqual(placeOf(text, "'@waqtor/plugin-http'"))
    expect(source.importOf((it) => it === 'other')).toBeUndefined()
  })
})

test('the plainest forms of a config are followed', () => {
  for (const text of [
    `const http = definePlugin({ name: 'http' })\nexport default { plugins: [http({ port: 1 })] }`,
    `const config: Config = { plugins: [http({ port: 1 })] }\nexport default config`,
    `const plugins = [http({ port: 1 })]\nexport default defineConfig({ plugins })`,
    `export default defineConfig({ plugins: [http({ port: 1 })] } satisfies WaqtorConfig)`,
    `const server = http({ port: 1 })\nexport default defineConfig({ plugins: [server] })`,
    `const options = { port: 1 }\nexport default defineConfig({ plugins: [http(options)] })`,
    `export const plugins = [on && http({ port: 1 })]\nexport default defineConfig({ plugins })`,
    `const shared = { port: 1 }\nexport default defineConfig({ plugins: [http({ ...shared, host: 'x' })] })`,
    `export default defineConfig({ plugins: [await http({ port: 1 })!] })`,
  ]) {
    expect(new ConfigSource(text, 'c.ts').locate(0, 'http', ['port']), text).toEqual(placeOf(text, 'port: 1'))
  }
})

test('in a list that is put together, the call is found by what it makes', () => {
  const text = `import web from '@waqtor/plugin-http'
import { greeter } from './greeter.ts'
const counter = definePlugin({ name: 'my-counter', config, setup() {} })
export default { plugins: [...base, web({ port: 1 }), greeter({ text: 1 }), counter({ from: 1 })] }`
  const source = new ConfigSource(text, 'c.ts')
  expect(source.locate(5, 'http', ['port'])).toEqual(placeOf(text, 'port: 1'))
  expect(source.locate(6, 'greeter', ['text'])).toEqual(placeOf(text, 'text: 1'))
  expect(source.locate(7, 'my-counter', ['from'])).toEqual(placeOf(text, 'from: 1'))
  expect(source.locate(8, 'unknown', ['from'])).toBeUndefined()
})

test('of two branches, the one that makes the plugin is meant', () => {
  const text = `import a from './a.ts'
import b from './b.ts'
export default { plugins: [x ? a({ n: 1 }) : b({ n: 2 })] }`
  const source = new ConfigSource(text, 'c.ts')
  expect(source.locate(0, 'a', ['n'])).toEqual(placeOf(text, 'n: 1'))
  expect(source.locate(0, 'b', ['n'])).toEqual(placeOf(text, 'n: 2'))
  expect(source.locate(0, 'other', ['n'])).toEqual(placeOf(text, 'n: 1'))
})

test('where nothing can be followed, nothing is claimed', () => {
  for (const text of [
    '',
    'export const a = 1',
    'export default make()',
    'export default class {}',
    'const a = b, b = a\nexport default a',
  ]) {
    const source = new ConfigSource(text, 'c.ts')
    expect(source.locate(0, 'http', ['port']), text).toBeUndefined()
    expect(source.locateOwn(['data']), text).toBeUndefined()
  }
})

test('every syntax error has its place', () => {
  const source = new ConfigSource('const a = 1\nconst a = 2\nexport default { plugins: [ }', 'c.ts')
  expect(source.syntaxProblems).toMatchObject([{ line: 3, column: 29 }])
  expect(new ConfigSource('const a = 1\nconst a = 2', 'c.ts').syntaxProblems).toMatchObject([{ line: 2, column: 7 }])
  expect(new ConfigSource('const a: string = 1', 'c.js').syntaxProblems).toHaveLength(1)
})

type Tree = { readonly [key: string]: Tree } | readonly Tree[] | number

test('any option of any nested options is found where it was written', () => {
  const key = fc.stringMatching(/^[a-z]{1,6}$/)
  const tree = fc.letrec<{ tree: Tree; object: { [key: string]: Tree } }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.nat(99),
      tie('object'),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
    object: fc.dictionary(key, tie('tree'), { minKeys: 1, maxKeys: 4 }) as fc.Arbitrary<{ [key: string]: Tree }>,
  }))
  const layout = fc.array(fc.constantFrom('', ' ', '\n', '\n    ', ' /* here */ '), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(tree.object, layout, fc.nat(), (options, gaps, pick) => {
      const places: { path: (string | number)[]; at: number }[] = []
      let text = 'export default defineConfig({ plugins: [x('
      let gap = 0
      const space = () => gaps[gap++ % gaps.length] ?? ''
      const print = (node: Tree, path: (string | number)[]): void => {
        if (typeof node === 'number') text += node
        else {
          const isList = Array.isArray(node)
          text += isList ? '[' : '{'
          for (const [name, inner] of Object.entries(node as { [key: string]: Tree })) {
            text += space()
            const inside = [...path, isList ? Number(name) : name]
            places.push({ path: inside, at: text.length })
            if (!isList) text += `${name}:${space()}`
            print(inner, inside)
            text += `${space()},`
          }
          text += isList ? ']' : '}'
        }
      }
      print(options, [])
      text += ')] })'
      const { path, at } = places[pick % places.length]!
      const before = text.slice(0, at).split('\n')
      const expected = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
      expect(new ConfigSource(text, 'c.ts').locate(0, 'x', path)).toEqual(expected)
    }),
    { numRuns: 300 },
  )
})
