import { isWaqtorError, resolve } from '@waqtor/kernel'
import { describe, expect, test } from 'vitest'
import { type ConfigError, type PlacedProblem, problemLine } from '../problem.ts'
import { nativeImport } from '../testing/native-import.ts'
import { makeProject, type Project } from '../testing/project.ts'
import { ConfigLoader, type Import, placeProblems } from './load-config.ts'

const loaderOf = (project: Project, importModule?: Import) =>
  new ConfigLoader(project.config, project.directory, importModule)

/** What is wrong with a config, as lines. */
async function linesOf(project: Project, importModule?: Import): Promise<string[]> {
  return (await problemsOf(project, importModule)).map(problemLine)
}

async function problemsOf(project: Project, importModule?: Import): Promise<readonly PlacedProblem[]> {
  const error = await loaderOf(project, importModule)
    .load()
    .then(
      () => undefined,
      (it: unknown) => it,
    )
  if (!isWaqtorError(error)) throw error ?? new Error('the config was read')
  return (error as ConfigError).problems
}

const greeter = `import { definePlugin, z } from '@waqtor/kernel'
export default definePlugin({ name: 'greeter', config: z.strictObject({ text: z.string() }), setup() {} })
`

test('a config is read with the types in it', async () => {
  using project = makeProject({
    'greeter.ts': greeter,
    'waqtor.config.ts': `import greeter from './greeter.ts'
const text: string = 'Hi'
export default { plugins: [greeter({ text })], data: 'there', logLevel: 'warn' } satisfies object`,
  })
  const { entries, data, logLevel, name, directory } = await loaderOf(project).load()
  expect(entries.map((it) => [it.spec.name, it.config])).toEqual([['greeter', { text: 'Hi' }]])
  expect({ data, logLevel, name, directory }).toEqual({
    data: 'there',
    logLevel: 'warn',
    name: 'waqtor.config.ts',
    directory: project.directory,
  })
})

test('a changed config is read again, and its plugins are still the same', async () => {
  const config = (text: string) => `import greeter from './greeter.ts'
export default { plugins: [greeter({ text: '${text}' })] }`
  using project = makeProject({ 'greeter.ts': greeter, 'waqtor.config.ts': config('one') })
  const loader = loaderOf(project)
  const first = await loader.load()
  expect(await loader.hash()).toBe(first.hash)
  project.write('waqtor.config.ts', config('two'))
  const second = await loader.load()
  expect(second.entries[0]?.config).toEqual({ text: 'two' })
  expect(second.entries[0]?.spec).toBe(first.entries[0]?.spec)
  expect(second.hash).not.toBe(first.hash)
})

test('what the runtime cannot read is read through jiti: enums, paths without an ending, again and again', async () => {
  const config = (text: string) => `import greeter from './greeter'
enum Text { First = '${text}' }
export default { plugins: [greeter({ text: Text.First })] }`
  using project = makeProject({ 'greeter.ts': greeter, 'waqtor.config.ts': config('one') })
  const loader = loaderOf(project, nativeImport)
  const first = await loader.load()
  expect(first.entries[0]?.config).toEqual({ text: 'one' })
  project.write('waqtor.config.ts', config('two'))
  const second = await loader.load()
  expect(second.entries[0]?.config).toEqual({ text: 'two' })
  expect(second.entries[0]?.spec).toBe(first.entries[0]?.spec)
})

describe('what keeps a config from being read is told with its place:', () => {
  test('a syntax error', async () => {
    using project = makeProject({ 'waqtor.config.ts': 'const a = 1\nexport default { plugins: [ }' })
    expect(await linesOf(project, nativeImport)).toEqual([
      'waqtor.config.ts:2:29: host: the file is not valid: Unexpected token. Correct the line.',
    ])
  })

  test('a package that is not installed, with the nearest that exists', async () => {
    using project = makeProject({
      'waqtor.config.ts': `import x from '@waqtor/plugin-htp'\nexport default { plugins: [x] }`,
    })
    expect(await linesOf(project, nativeImport)).toEqual([
      "waqtor.config.ts:1:15: host: there is no package '@waqtor/plugin-htp'. Did you mean '@waqtor/plugin-http'?",
    ])
    project.write('waqtor.config.ts', `import x from 'some-plugin'\nexport default { plugins: [x] }`)
    expect(await linesOf(project, nativeImport)).toEqual([
      "waqtor.config.ts:1:15: host: there is no package 'some-plugin'. Install it: pnpm add some-plugin",
    ])
  })

  test('a file that is not there', async () => {
    using project = makeProject({ 'waqtor.config.ts': `\nimport x from './gone.ts'\nexport default { plugins: [x] }` })
    expect(await linesOf(project, nativeImport)).toEqual([
      "waqtor.config.ts:2:15: host: there is no file 'gone.ts'. Correct the path of the import; a file is named with its ending.",
    ])
  })

  test('a name that is not exported', async () => {
    using project = makeProject({
      'greeter.ts': greeter,
      'waqtor.config.ts': `import { greet } from './greeter.ts'\nexport default { plugins: [greet()] }`,
    })
    expect(await linesOf(project, nativeImport)).toEqual([
      "waqtor.config.ts:1:23: host: './greeter.ts' exports no 'greet'. Correct the name in the import.",
    ])
  })

  test('code that throws', async () => {
    using project = makeProject({
      'waqtor.config.ts': `const a: number = 1\n\n  nope(a)\nexport default { plugins: [] }`,
    })
    expect(await linesOf(project, nativeImport)).toEqual([
      'waqtor.config.ts:3:3: host: the code threw: nope is not defined. Correct the code at that place; the config runs when it is read.',
    ])
  })

  test('an imported file that is broken', async () => {
    using project = makeProject({
      'plugins/broken.ts': 'export default {\n  a: }\n',
      'waqtor.config.ts': `import x from './plugins/broken.ts'\nexport default { plugins: [x] }`,
    })
    expect(await linesOf(project, nativeImport)).toEqual([
      'plugins/broken.ts:2:6: host: the file is not valid: Unexpected token. Correct the line.',
    ])
  })

  test('an import in an imported file that leads nowhere', async () => {
    using project = makeProject({
      'plugins/a.ts': `import 'nothing-like-it'\n`,
      'waqtor.config.ts': `import './plugins/a.ts'\nexport default { plugins: [] }`,
    })
    expect(await linesOf(project, nativeImport)).toEqual([
      "plugins/a.ts:1:8: host: there is no package 'nothing-like-it'. Install it: pnpm add nothing-like-it",
    ])
  })

  test('something thrown that is no error', async () => {
    using project = makeProject({ 'waqtor.config.ts': `throw null` })
    expect(await linesOf(project, () => Promise.reject(null))).toEqual([
      'waqtor.config.ts: host: the code threw: null. Correct the code at that place; the config runs when it is read.',
    ])
  })

  test('a file that cannot be read', async () => {
    using project = makeProject()
    expect(await linesOf(project)).toEqual([
      expect.stringContaining('waqtor.config.ts: host: the file cannot be read: ENOENT'),
    ])
    expect(await loaderOf(project).hash()).toBeUndefined()
  })

  test('a shape that is wrong', async () => {
    using project = makeProject({ 'waqtor.config.ts': `export default {\n  plugins: [],\n  logLevl: 'info',\n}` })
    expect(await linesOf(project)).toEqual([
      "waqtor.config.ts:3:3: host: there is no option 'logLevl'. Did you mean 'logLevel'?",
    ])
  })
})

test('problems of the set stand at the entry that they are about', async () => {
  using project = makeProject({
    'waqtor.config.ts': `import { defineConfig } from '@waqtor/host'
import { definePlugin, defineService, z } from '@waqtor/kernel'
const Clock = defineService('clock')
const config = z.strictObject({})
const a = definePlugin({ name: 'a', config, provides: [Clock], setup() {} })
const b = definePlugin({ name: 'b', config, provides: [Clock], setup() {} })
const c = definePlugin({ name: 'c', config, requires: { it: defineService('sun') }, setup() {} })
export default defineConfig({
  plugins: [
    a(),
    b(),
    c(),
    a(),
  ],
})`,
  })
  const loaded = await loaderOf(project).load()
  const placed = await placeProblems(resolve(loaded.entries).problems, loaded)
  expect(placed.map(({ code, position }) => [code, position?.line])).toEqual([
    ['WAQ_SERVICE_DUPLICATE', 11],
    ['WAQ_PLUGIN_DUPLICATE', 13],
    ['WAQ_SERVICE_MISSING', 12],
  ])
})
