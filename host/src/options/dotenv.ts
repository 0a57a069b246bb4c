import { parseEnv } from 'node:util'
import type { PlacedProblem } from '../problem.ts'

/** A `.env` file: its values, and the line of each for messages. */
export interface DotEnv {
  readonly values: ReadonlyMap<string, string>
  readonly lines: ReadonlyMap<string, number>
  readonly problems: readonly PlacedProblem[]
}

const assignment = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/

/** Reads the text of a `.env` file. Pure. A line that is neither empty, a comment nor `NAME=value` is a problem. */
export function readDotEnv(text: string, source: string): DotEnv {
  const lines = new Map<string, number>()
  const problems: PlacedProblem[] = []
  let quote: string | undefined
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (quote) {
      if (line.includes(quote)) quote = undefined
      continue
    }
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue
    const [, name, value = ''] = assignment.exec(line) ?? []
    if (name === undefined) {
      problems.push({
        code: 'WAQ_OPTION_INVALID',
        plugin: 'host',
        message: 'the line is not of the form NAME=value',
        fix: 'Correct it, or put a # in front.',
        source,
        position: { line: index + 1, column: 1 },
      })
      continue
    }
    lines.set(name, index + 1)
    const opening = /^["'`]/.exec(value)?.[0]
    if (opening && !value.slice(1).includes(opening)) quote = opening
  }
  const values = new Map(Object.entries(parseEnv(text)).filter((it): it is [string, string] => it[1] !== undefined))
  return { values, lines, problems }
}
