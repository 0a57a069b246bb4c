import { readFileSync } from 'node:fs'
import type { Program } from '@waqtor/host/testing'
import { startFlags } from '../../kit/start-flags.ts'
import { until } from '../kit/until.ts'
import { Skipped } from '../ordeal.ts'

/** Resident memory of a process, in MB. @throws Skipped where there is no /proc */
export function residentMb(pid: number): number {
  let status: string
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch (error) {
    throw new Skipped(`the memory of another process is read from /proc, as Linux has it (${error})`)
  }
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_000
}

/** Looks at it again and again. Answers the most that was seen beyond the beginning, in MB. */
export function watchMemory(pid: number): () => number {
  const before = residentMb(pid)
  let most = before
  const look = () => {
    try {
      most = Math.max(most, residentMb(pid))
    } catch {
      // It has ended, which whoever talks to it finds out.
      clearInterval(timer)
    }
  }
  const timer = setInterval(look, 20)
  return () => {
    clearInterval(timer)
    look()
    return most - before
  }
}

/** Flags of Node for a host whose memory is looked at: those it is run with, and what `keptMb` needs. */
export const collectable: readonly string[] = [
  ...startFlags(),
  '--expose-gc',
  '--import',
  new URL('./collecting.ts', import.meta.url).href,
]

/** What a host holds that was started with `collectable`, once its garbage is gone: resident, in MB. */
export async function keptMb({ child, lines }: Program): Promise<number> {
  const before = lines.length
  child.kill('SIGUSR2')
  await until('the host collected its garbage', () => lines.slice(before).some((it) => it.includes('garbage')))
  return residentMb(child.pid!)
}
