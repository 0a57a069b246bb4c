import type { TransportUsage } from '@waqtor/contracts'
import { memoryOf, processesOfGroup } from './proc.ts'

/** What the processes of one Chromium take of the machine; `null` when none is left. */
export async function usageOf(group: number): Promise<TransportUsage | null> {
  const pids = await processesOfGroup(group)
  if (pids.length === 0) return null
  const memory = await Promise.all(pids.map(memoryOf))
  return { processes: pids.length, memoryBytes: memory.reduce((sum, it) => sum + it, 0) }
}

/** Ends exactly these processes, at once. */
export function killGroup(group: number): void {
  // 0 and 1 would mean ourselves or everybody.
  if (!Number.isInteger(group) || group <= 1) return
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
