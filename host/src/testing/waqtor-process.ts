import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Capture, capture } from './fake-world.ts'

const bin = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'bin', 'waqtor.js')

/** The real command line in a process of its own. */
export interface WaqtorProcess extends AsyncDisposable {
  readonly child: ChildProcess
  readonly pid: number
  readonly out: Capture
  readonly err: Capture
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>
  kill(signal: NodeJS.Signals): void
}

/** Starts `waqtor …` in a directory. It is killed at the end of the scope, if it still runs. */
export function waqtor(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>>; readonly stdin?: string },
): WaqtorProcess {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env
  const child = spawn(process.execPath, [bin, ...argv], {
    cwd: options.cwd,
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(options.stdin ?? '')
  const out = capture()
  const err = capture()
  child.stdout.setEncoding('utf8').on('data', out.write)
  child.stderr.setEncoding('utf8').on('data', err.write)
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  return {
    child,
    pid: child.pid ?? -1,
    out,
    err,
    ended,
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
