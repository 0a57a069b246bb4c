import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Answer } from './servers/serve.ts'

/** A server in a process of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly address: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, address: string) {
    this.#child = child
    this.address = address
  }

  static async start(name: string, args: readonly string[] = []): Promise<ServerProcess> {
    const child = fork(new URL(`./servers/${name}.ts`, import.meta.url), args)
    const ended = once(child, 'exit').then(([code]): never => {
      throw new Error(`the server '${name}' ended with code ${code}`)
    })
    const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer]
    ended.catch(() => {
      // It is stopped in the end.
    })
    if (!('address' in answer)) throw new Error(`the server '${name}' did not say where it is`)
    return new ServerProcess(child, answer.address)
  }

  /** How much of the processor it has used since its start. */
  async cpuMicroseconds(): Promise<number> {
    const answered = once(this.#child, 'message')
    this.#child.send('cpu')
    const [answer] = (await answered) as [Answer]
    return 'cpuMicroseconds' in answer ? answer.cpuMicroseconds : Number.NaN
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }
}
