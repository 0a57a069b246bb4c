import { readFile } from 'node:fs/promises'
import { chromiumGroups, usageOf } from '@waqtor/plugin-transport-whatsapp-web/testing'

/** What a Chromium takes that works on a profile in this directory, in MB: what its processes share counts once. */
export async function chromiumMb(directory: string): Promise<number> {
  const usage = await usageOf(await chromiumOf(directory))
  return (usage?.memoryBytes ?? 0) / 1_024 / 1_024
}

/** What it was started with, but for where its profile is. */
export async function chromiumArgs(directory: string): Promise<readonly string[]> {
  const line = await readFile(`/proc/${await chromiumOf(directory)}/cmdline`, 'utf8')
  const args = line.split('\0').filter((it) => it !== '' && !it.startsWith('--user-data-dir='))
  return args.sort()
}

/** Its first process, after which its group is called. */
async function chromiumOf(directory: string): Promise<number> {
  const groups = await chromiumGroups(directory)
  if (groups.length !== 1) throw new Error(`one Chromium should run on ${directory}, and ${groups.length} do`)
  return groups[0]!
}
