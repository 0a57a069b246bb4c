import { readFileSync } from 'node:fs'
import { Skipped } from '../ordeal.ts'

/** What the main thread of a process had of the processor, in milliseconds. */
export interface Share {
  readonly ran: number
  /** How long it was ready to run, and another process had the core. */
  readonly waited: number
}

/** Begins to look at a process. Answers what it had since then: what it is to blame for, and what the machine is. */
export function watchProcessor(pid: number): () => Share {
  const before = shareOf(pid)
  return () => {
    const { ran, waited } = shareOf(pid)
    return { ran: ran - before.ran, waited: waited - before.waited }
  }
}

/** @throws Skipped where there is no /proc */
function shareOf(pid: number): Share {
  try {
    const [ran, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number) as [number, number]
    return { ran: ran / 1e6, waited: waited / 1e6 }
  } catch (error) {
    throw new Skipped(`the time of another process is read from /proc, as Linux has it (${error})`)
  }
}
