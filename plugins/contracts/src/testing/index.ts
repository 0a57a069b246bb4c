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
 * @param own what the test wants to be otherwise
 * @example
 * const { io, printed } = testCli(test.kernel, { json: true })
 * expect([await run(['list'], io), printed]).toEqual([0, []])
 */
export function testCli(kernel: Pick<KernelView, 'commands'>, own: Partial<CliIo> = {}): TestCli {
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
    connect: async () => ({
      execute: (command, input) => kernel.commands.execute(command, input, { principal: systemPrincipal, via: 'cli' }),
      [Symbol.asyncDispose]: async () => {},
    }),
    ...own,
  }
  return { io, printed, noted }
}
