import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.ts'

/** A checked-in file that is made from others. */
export interface Generated {
  /** Relative to the root. */
  readonly path: string
  readonly content: string
}

/** The first line in which two texts differ, counted from one; `0` when they are equal. */
export function firstDifference(left: string, right: string): number {
  if (left === right) return 0
  const [a, b] = [left.split('\n'), right.split('\n')]
  return a.findIndex((line, index) => line !== b[index]) + 1 || a.length + 1
}

/**
 * With `--write` on the command line writes the files, otherwise compares them and ends the process with 1 when one
 * is stale. `how` is the command that a reader runs to bring them up to date.
 */
export function writeOrCompare(files: readonly Generated[], how: string): void {
  const write = process.argv.includes('--write')
  for (const { path, content } of files) {
    const file = join(root, path)
    const present = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const line = firstDifference(content, present)
    if (line === 0) console.log(`${path} is up to date`)
    else if (write) {
      writeFileSync(file, content)
      console.log(`${path} written`)
    } else {
      process.exitCode = 1
      console.log(`${path} is stale from line ${line} on: run \`${how}\` and commit the result`)
      console.log(`  expected: ${content.split('\n')[line - 1] ?? '(end of file)'}`)
      console.log(`  found:    ${present.split('\n')[line - 1] ?? '(end of file)'}`)
    }
  }
}
