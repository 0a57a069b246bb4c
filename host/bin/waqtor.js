#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// In JavaScript, since the first file is read before there is a cache: for one in TypeScript Node loads a compiler, and holds
// 14 MB for it until the end.

// Compiled code is kept between runs, in the project's own directory, where nobody else can put anything.
const packages = join(process.cwd(), 'node_modules')
if (existsSync(packages)) enableCompileCache(join(packages, '.cache', 'waqtor'))
// Warnings of the runtime go where the command wants them, not into the middle of its answer.
process.removeAllListeners('warning')
// `waqtor … | head` closes the pipe early; that is no fault.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code !== 'EPIPE') throw error
  })
}

// While a host runs, `process.exit` is refused to plugins; this one is ours.
const exit = process.exit.bind(process)
// Nothing else may keep the process: a host without a server only waits for a signal.
const alive = setInterval(() => {}, 2 ** 30)
const { main } = await import('../src/cli/main.ts')
const code = await main({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  startedAt: 0,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  process,
  exit,
})
clearInterval(alive)
// Whatever a plugin left open must not keep the process.
process.stdout.write('', () => process.stderr.write('', () => exit(code)))
