/** Holds the kernel to its size: bundled for users, and as source that one person can read. */
import { globSync, readFileSync } from 'node:fs'
import { isBuiltin, stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'rolldown'
import { codeLines } from './source-text.ts'
import { root } from './workspace.ts'

function hold(what: string, value: number, limit: number, unit: string): void {
  const over = value > limit
  if (over) process.exitCode = 1
  const [shown, bound] = [value, limit].map((it) => it.toLocaleString('en'))
  console.log(`${what}: ${shown} of at most ${bound} ${unit}${over ? ', which is too much' : ''}`)
}

const { output } = await build({
  input: join(root, 'kernel/src/index.ts'),
  platform: 'node',
  external: (id) => id === 'zod' || isBuiltin(id),
  output: { format: 'esm', minify: true },
  write: false,
  logLevel: 'warn',
})
const bundle = output.map((it) => (it.type === 'chunk' ? it.code : '')).join('')
hold('kernel with tapable, without zod, gzipped', gzipSync(bundle).length, 20_000, 'bytes')

const sources = globSync('kernel/src/**/*.ts', { cwd: root }).filter(
  (file) => !file.endsWith('.test.ts') && !file.startsWith('kernel/src/testing/'),
)
const texts = sources.map((file) => ({ file, code: readFileSync(join(root, file), 'utf8') }))
const count = (erase: (code: string) => string) =>
  texts.reduce((sum, it) => sum + codeLines(erase(it.code), it.file), 0)
hold(
  'kernel code that runs, without types, blanks, comments, tests and testing kit',
  count(stripTypeScriptTypes),
  999,
  'lines',
)
// Declarations are there to be read, too. This bound only ever goes down.
hold('the same with its type declarations', count(String), 1_053, 'lines')
