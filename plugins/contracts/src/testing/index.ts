import { type KernelView, systemPrincipal } from '@waqtor/kernel'
import type { CliIo } from '../cli.ts'

/** The world of a sub-command in a test. */
export interface TestCli {
  readonly io: CliIo
  /** What went to standard output, line by line. */
  readonly printed: string[]
  /** What went to standard error. */
  readonly noted: string[]
}

/**
 * Makes a world for a sub-command: what it prints is kept, and its commands run in `kernel`, as those of the command line do.
 * Without a kernel it reaches none.
 * @param own what the test wants to be otherwise
 * @example
 * const { io, printed } = testCli(test.kernel, { json: true })
 * expect([await run(['list'], io), printed]).toEqual([0, []])
 */
export function testCli(kernel: Pick<KernelView, 'commands'> | undefined, own: Partial<CliIo> = {}): TestCli {
  const printed: string[] = []
  const noted: string[] = []
  const io: CliIo = {
    print: (line) => printed.push(line),
    note: (line) => noted.push(line),
    json: false,
    interactive: false,
    env: {},
    dataDirectory: '/nowhere',
    resolvePath: (path) => path,
    signal: new AbortController().signal,
    async connect() {
      if (!kernel) throw new Error('this test has no kernel to run commands in')
      return {
        execute: (command, input, options) =>
          kernel.commands.execute(command, input, { ...options, principal: systemPrincipal, via: 'cli' }),
        async [Symbol.asyncDispose]() {},
      }
    },
    ...own,
  }
  return { io, printed, noted }
}
