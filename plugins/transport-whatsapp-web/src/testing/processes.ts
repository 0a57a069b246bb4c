import { readFile } from 'node:fs/promises'
import { groupsWithArgument, processesOfGroup } from '../processes/proc.ts'

/** The process groups of Chromium that work on profiles in this directory. */
export function chromiumGroups(directory: string): Promise<number[]> {
  return groupsWithArgument((it) => it.startsWith(`--user-data-dir=${directory}/`))
}

/** The processes that draw the page. */
export async function renderers(directory: string): Promise<number[]> {
  const pids = (await Promise.all((await chromiumGroups(directory)).map(processesOfGroup))).flat()
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, index) => lines[index]!.includes('--type=renderer'))
}
