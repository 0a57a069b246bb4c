import { isAbsolute, relative, resolve } from 'node:path'
import type { Exiting } from '../run/exit-guard.ts'

/** Where text goes. */
export interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

/** What is used of `process` to hear of signals and faults. */
export interface ProcessEvents {
  on(event: string, listener: (value: unknown) => void): unknown
  off(event: string, listener: (value: unknown) => void): unknown
}

/** Everything outside of the program that a run of the command line touches; tests bring their own. */
export interface World {
  /** What follows `waqtor`. */
  readonly argv: readonly string[]
  /** Read, and completed from `.env`. */
  readonly env: Record<string, string | undefined>
  readonly cwd: string
  /** When the process began, as `performance.now()` tells it. */
  readonly startedAt: number
  readonly stdin: AsyncIterable<string | Uint8Array> & { readonly isTTY?: boolean | undefined }
  readonly stdout: Sink
  readonly stderr: Sink
  readonly process: ProcessEvents & Exiting
  /** Ends the process at once. */
  exit(code: number): void
}

/**
 * The directory in which the person stands: paths in arguments are relative to it. A package manager runs scripts in the
 * package's own directory and tells in INIT_CWD where it was called. That is believed only when this process does stand in
 * that package: INIT_CWD is inherited by everything that is started further down.
 */
export function userDirectory({ cwd, env }: Pick<World, 'cwd' | 'env'>): string {
  const { INIT_CWD: called, npm_package_json: manifest } = env
  const isScript = called && isAbsolute(called) && manifest && relative(cwd, manifest) === 'package.json'
  return isScript ? called : cwd
}

/** Absolute path of a file that the person named in an argument. */
export function userPath(world: Pick<World, 'cwd' | 'env'>, path: string): string {
  return resolve(userDirectory(world), path)
}
