/** Keeps docs/errors.md in step with the tables of error codes, and finds codes that stand in no table. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeOrCompare } from './generated.ts'
import { root } from './workspace.ts'

interface ErrorEntry {
  readonly status: number
  readonly fix: string
}

const tables = ['kernel/src/error-codes.ts', 'host/src/error-codes.ts', 'plugins/*/src/{errors,error-codes}.ts']
const codePattern = /\bWAQ_[A-Z]+(?:_[A-Z]+)*\b/g

/** Finds the tables among what a module exports: objects all of whose keys are codes. */
function tableOf(exports: Readonly<Record<string, unknown>>): [string, ErrorEntry][] {
  const isTable = (value: unknown): value is Record<string, ErrorEntry> =>
    typeof value === 'object' && value !== null && Object.keys(value).every((key) => key.startsWith('WAQ_'))
  return Object.values(exports).filter(isTable).flatMap(Object.entries)
}

function page(
  sections: readonly { readonly file: string; readonly entries: readonly [string, ErrorEntry][] }[],
): string {
  const lines = [
    '# Error codes',
    '',
    'Every error says who failed, what happened and what to do, and carries one of these codes. Compare the code, never the',
    'text. Over HTTP the same code stands in lower case without `WAQ_` in the `code` of the problem document, with the',
    'status below.',
    '',
    'Made by `pnpm errors`; not edited by hand.',
  ]
  for (const { file, entries } of sections) {
    lines.push('', `## From \`${file}\``, '', '| code | status | what to do |', '|---|---|---|')
    for (const [code, { status, fix }] of entries)
      lines.push(`| \`${code}\` | ${status} | ${fix.replaceAll('|', '\\|')} |`)
  }
  return `${lines.join('\n')}\n`
}

const sections = []
for (const file of globSync(tables, { cwd: root }).sort()) {
  sections.push({ file, entries: tableOf(await import(join(root, file))) })
}
writeOrCompare([{ path: 'docs/errors.md', content: page(sections) }], 'pnpm errors')

const documented = new Set(sections.flatMap(({ entries }) => entries.map(([code]) => code)))
const sources = globSync(['kernel/src/**/*.ts', 'host/{src,bin}/**/*.ts', 'plugins/*/src/**/*.ts'], { cwd: root })
for (const file of sources.filter((it) => !it.endsWith('.test.ts')).sort()) {
  const used = new Set(readFileSync(join(root, file), 'utf8').match(codePattern))
  for (const code of [...used].filter((it) => !documented.has(it))) {
    process.exitCode = 1
    console.log(`${file}: '${code}' stands in no table of error codes; add it with its status and what to do`)
  }
}
