import { spawnSync } from 'node:child_process'
import { Skipped } from '../ordeal.ts'

/** @throws Skipped when a program cannot be run, or does not do this */
export function need(program: string, args: readonly string[], how: string): void {
  const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (error || status !== 0)
    throw new Skipped(`'${[program, ...args].join(' ')}' does not work (${error?.message ?? stderr.trim()}): ${how}`)
}
