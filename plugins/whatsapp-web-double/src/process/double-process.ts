import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { DoubleOptions } from '../options.ts'
import { type DoubleAddress, RemoteDouble } from './remote-double.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

/** The double as a child process: it survives the death of hosts and browsers, not that of the test. */
export class DoubleProcess extends RemoteDouble implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(address: DoubleAddress, child: ChildProcess) {
    super(address)
    this.#child = child
  }

  static async start(options: DoubleOptions = {}): Promise<DoubleProcess> {
    const child = spawn(process.execPath, [main, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')])
    if (typeof line !== 'string') throw new Error(`the double did not start: it ended with ${line}`)
    return new DoubleProcess(JSON.parse(line) as DoubleAddress, child)
  }

  override async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await gone
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
