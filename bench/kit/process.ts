import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

/** Where `pnpm start` keeps compiled code between runs, so that no compiler has to be loaded. */
const compileCache = resolve(import.meta.dirname, '../../node_modules/.cache/waqtor')

/**
 * Hands a task to a process of its own, which `answerTask` runs, and waits for its answer: nobody measures in the heap, or
 * with the compiled code, of somebody else.
 * @param file URL of the module to run
 * @param flags of Node
 */
export async function inOwnProcess<A>(file: string, task: unknown, flags: readonly string[] = []): Promise<A> {
  const child = fork(new URL(file), {
    execArgv: [...flags],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const answered = once(child, 'message')
  const ended = once(child, 'exit')
  child.send(task as object)
  const answer = await Promise.race([answered.then(([it]) => it as A), ended.then(([code]) => fail(file, code))])
  await ended
  return answer
}

function fail(file: string, code: unknown): never {
  throw new Error(`${file} ended with code ${code} and without an answer`)
}

/** The other side of `inOwnProcess`. */
export function answerTask<T, A>(work: (task: T) => Promise<A>): void {
  process.once('message', (task) => {
    work(task as T).then(
      (answer) => process.send?.(answer as object, () => process.exit(0)),
      (error) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
}
