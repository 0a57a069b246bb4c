/** Holds the kernel to its size: bundled for users, and as source that one person can read. */
import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
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
const lines = sources.map((file) => codeLines(readFileSync(join(root, file), 'utf8'), file))
hold(
  'kernel source without blanks, comments, tests and testing kit',
  lines.reduce((sum, it) => sum + it, 0),
  999,
  'lines',
)
