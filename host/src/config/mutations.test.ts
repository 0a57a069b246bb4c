import fc from 'fast-check'
import { expect, test } from 'vitest'
import { main } from '../cli/main.ts'
import { exitCodes } from '../exit-codes.ts'
import { fakeWorld } from '../testing/fake-world.ts'
import { makeProject } from '../testing/project.ts'

const plugins = `import { definePlugin, z } from '@waqtor/kernel'
export const server = definePlugin({
  name: 'server',
  config: z.strictObject({
    host: z.string(), port: z.int().min(0).max(65535), secure: z.boolean(),
    rates: z.strictObject({ perSecond: z.number().positive(), burst: z.int().positive() }),
  }),
  setup() {},
})
export const greeter = definePlugin({
  name: 'greeter',
  config: z.object({
    text: z.string().min(1), mode: z.enum(['full', 'short', 'none']), apiKey: z.string().min(32),
    people: z.array(z.object({ name: z.string(), age: z.int().max(150) })),
  }),
  setup() {},
})
`

const secret = 'hunter2-hunter2-hunter2-hunter2-hunter2'

/** The good config, a line each, with what each line is about. */
const good: readonly {
  readonly text: string
  readonly plugin?: string
  readonly path?: string
  readonly wrong?: readonly string[]
}[] = [
  { text: `import { greeter, server } from './plugins.ts'` },
  { text: `export default {` },
  { text: `  plugins: [` },
  { text: `    server({` },
  { text: `      host: '127.0.0.1',`, plugin: 'server', path: 'host', wrong: ['127', 'null', '[]'] },
  { text: `      port: 8080,`, plugin: 'server', path: 'port', wrong: [`'high'`, '70000', '-1', '80.5', 'true'] },
  { text: `      secure: false,`, plugin: 'server', path: 'secure', wrong: [`'no'`, '0', '{}'] },
  { text: `      rates: {` },
  { text: `        perSecond: 10,`, plugin: 'server', path: 'rates.perSecond', wrong: ['0', '-3', `'many'`] },
  { text: `        burst: 20,`, plugin: 'server', path: 'rates.burst', wrong: ['0.5', 'null', '[20]'] },
  { text: `      },` },
  { text: `    }),` },
  { text: `    greeter({` },
  { text: `      text: 'Hello',`, plugin: 'greeter', path: 'text', wrong: [`''`, '5', 'false'] },
  { text: `      mode: 'full',`, plugin: 'greeter', path: 'mode', wrong: [`'ful'`, `'shrt'`, '1', `'FULL'`] },
  { text: `      apiKey: '${secret}',`, plugin: 'greeter', path: 'apiKey', wrong: [`'hunter2'`, '[]', '77077'] },
  { text: `      people: [` },
  { text: `        {` },
  { text: `          name: 'Mona',`, plugin: 'greeter', path: 'people[0].name', wrong: ['7', '{}'] },
  { text: `          age: 40,`, plugin: 'greeter', path: 'people[0].age', wrong: ['400', `'old'`, '1.5'] },
  { text: `        },` },
  { text: `      ],` },
  { text: `    }),` },
  { text: `  ],` },
  { text: `  logLevel: 'info',`, plugin: 'host', path: 'logLevel', wrong: [`'loud'`, '3'] },
  { text: `}` },
]

interface Expected {
  readonly file: string
  readonly line?: number
  readonly plugin?: string
  readonly path?: string
  readonly nearest?: string
}
interface Mutation {
  readonly kind: string
  readonly lines: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly dotEnv?: string
  readonly expected: readonly Expected[]
}

const options = good.flatMap((it, at) => (it.path ? [{ ...it, at }] : []))
const texts = good.map((it) => it.text)
const file = 'waqtor.config.ts'
const keyOf = (path: string) => /(\w+)$/.exec(path)?.[1] ?? ''
const replaced = (at: number, text: string) => texts.with(at, text)

/** Another value where one stands: of another type, out of range, or none of the choices. */
const wrongValue: fc.Arbitrary<Mutation> = fc.constantFrom(...options).chain((option) =>
  fc.constantFrom(...(option.wrong ?? [])).map((value) => ({
    kind: 'value',
    lines: replaced(option.at, option.text.replace(/: .*,$/, `: ${value},`)),
    expected: [{ file, line: option.at + 1, plugin: option.plugin, path: option.path } as Expected],
  })),
)
/** A key with a typing mistake: the nearest is the right one. Keys of lists lose theirs, and the object says so. */
const typo: fc.Arbitrary<Mutation> = fc
  .tuple(fc.constantFrom(...options.filter((it) => !it.path?.includes('['))), fc.nat(), fc.constantFrom('x', 'e', 'q'))
  .map(([option, at, letter]) => {
    const key = keyOf(option.path ?? '')
    const place = 1 + (at % (key.length - 1))
    const mistyped = `${key.slice(0, place)}${letter}${key.slice(place)}`
    const path = (option.path ?? '').replace(/\w+$/, mistyped)
    return {
      kind: 'typo',
      lines: replaced(option.at, option.text.replace(`${key}:`, `${mistyped}:`)),
      expected: [{ file, line: option.at + 1, plugin: option.plugin, path, nearest: key } as Expected],
    }
  })
const unknownKey: fc.Arbitrary<Mutation> = fc
  .constantFrom(...options.filter((it) => !it.path?.includes('[')))
  .map((option) => ({
    kind: 'unknown key',
    lines: texts.toSpliced(option.at, 0, `zzzzzzzzzz: 1,`),
    expected: [{ file, line: option.at + 1, plugin: option.plugin } as Expected],
  }))
const syntax: fc.Arbitrary<Mutation> = fc
  .tuple(fc.integer({ min: 1, max: good.length - 2 }), fc.constantFrom('@@', ') (', ': :', '`', "'", '}}'))
  .map(([at, rubbish]) => ({
    kind: 'syntax',
    lines: texts.toSpliced(at, 0, rubbish),
    expected: [{ file, plugin: 'host' }],
  }))
const brokenImport: fc.Arbitrary<Mutation> = fc
  .constantFrom(
    `import x from '@waqtor/plugin-htp'; x()`,
    `import { nope } from './plugins.ts'; nope()`,
    `import './gone.ts'`,
    `missing()`,
  )
  .map((text) => ({ kind: 'import', lines: [text, ...texts], expected: [{ file, line: 1, plugin: 'host' }] }))
const environment: fc.Arbitrary<Mutation> = fc
  .constantFrom(
    ['WAQTOR_PORT', '70000'],
    ['WAQTOR_PORT', 'web'],
    ['WAQTOR_LOG_LEVEL', 'loud'],
    ['WAQTOR_API_KEY', 'hunter2'],
    ['WAQTOR_SIMULATOR_NETWORK', 'here'],
  )
  .chain(([name = '', value = '']) =>
    fc.boolean().map((inFile) =>
      inFile
        ? {
            kind: 'environment',
            lines: texts,
            dotEnv: `# ours\n${name}=${value}`,
            expected: [{ file: '.env', line: 2, plugin: 'host' }],
          }
        : {
            kind: 'environment',
            lines: texts,
            env: { [name]: value },
            expected: [{ file: 'environment', plugin: 'host' }],
          },
    ),
  )
/** A mistake in the file together with one in the environment: both are told. */
const both: fc.Arbitrary<Mutation> = fc.tuple(fc.oneof(wrongValue, typo, syntax), environment).map(([one, other]) => ({
  ...other,
  kind: `${one.kind} and ${other.kind}`,
  lines: one.lines,
  expected: [...one.expected, ...other.expected],
}))

interface Told extends Expected {
  readonly message: string
  readonly fix: string
  readonly column?: number
  readonly expected?: string
  readonly got?: string
}

test('F7: two hundred broken configs: each is told where, who, what was expected, what was got and what to do, and nothing starts', async () => {
  const seed = 20_261_124
  const mutations = fc.sample(fc.oneof(wrongValue, typo, unknownKey, syntax, brokenImport, environment, both), {
    seed,
    numRuns: 200,
  })
  const kinds = new Set<string>()
  for (const [index, mutation] of mutations.entries()) {
    using project = makeProject({
      'plugins.ts': plugins,
      [file]: mutation.lines.join('\n'),
      ...(mutation.dotEnv && { '.env': mutation.dotEnv }),
    })
    const world = fakeWorld(['check', '--json'], { cwd: project.directory, env: { ...mutation.env } })
    const code = await main(world)
    const about = `seed ${seed}, number ${index}, ${mutation.kind}:\n${mutation.lines.join('\n')}\n${world.out.text}${world.err.text}`
    kinds.add(mutation.kind)
    expect(code, about).toBe(exitCodes.config)
    expect(world.out.text + world.err.text, about).not.toMatch(/hunter2|77077/)
    const { ok, problems } = JSON.parse(world.out.text) as { ok: boolean; problems: Told[] }
    expect(ok).toBe(false)
    for (const expected of mutation.expected) expect(problems, about).toContainEqual(expect.objectContaining(expected))
    for (const it of problems) {
      expect(it.fix, about).toMatch(/\w/)
      expect(it.message, about).not.toMatch(/\n| {4}at /)
      if (it.file === file) expect(it.line, about).toBeGreaterThan(0)
      if (it.path && !it.message.startsWith('there is no option'))
        expect([it.expected, it.got], about).toEqual([expect.any(String), expect.any(String)])
    }
  }
  expect(kinds.size).toBeGreaterThan(6)
})

test('the same for people: one line each on standard error, none on standard output', async () => {
  using project = makeProject({
    'plugins.ts': plugins,
    [file]: texts.join('\n').replace('port: 8080', 'prot: 8080').replace(`'full'`, `'ful'`),
  })
  const world = fakeWorld(['start', '--port', 'web'], { cwd: project.directory })
  expect(await main(world)).toBe(exitCodes.config)
  expect(world.out.text).toBe('')
  expect(world.err.lines).toEqual([
    'waqtor: 4 problems; nothing was started',
    "  command line: host: --port: expected a whole number from 0 to 65535, got 'web'. Correct it.",
    "  waqtor.config.ts:6:7: server: there is no option 'prot'. Did you mean 'port'?",
    "  waqtor.config.ts:4:12: server: option 'port': expected number, got nothing. Correct the option.",
    `  waqtor.config.ts:15:7: greeter: option 'mode': expected one of "full"|"short"|"none", got 'ful'. Did you mean 'full'?`,
  ])
})
