import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of its own that answers one question after another. */
export class Peer implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ended: Promise<never>

  constructor(name: string, args: readonly string[] = []) {
    this.#child = fork(new URL(`./${name}.ts`, import.meta.url), args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#ended = once(this.#child, 'exit').then(([code]): never => {
      throw new Error(`'${name}' ended with code ${code}`)
    })
    this.#ended.catch(() => {
      // It is stopped in the end.
    })
  }

  async ask<A>(question: object): Promise<A> {
    const answered = once(this.#child, 'message')
    this.#child.send(question)
    const [answer] = await Promise.race([answered, this.#ended])
    return answer as A
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }
}

/** The other side of a peer. */
export function answering<Q>(answer: (question: Q) => Promise<object>): void {
  process.on('message', (question) => {
    answer(question as Q).then(
      (it) => process.send?.(it),
      (error) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.on('disconnect', () => process.exit(0))
}
