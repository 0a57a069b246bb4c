import { readdir, readFile } from 'node:fs/promises'
import { chromiumGroups } from '@waqtor/plugin-transport-whatsapp-web/testing'

/** What a Chromium takes that works on a profile in this directory, in MB: what its processes share counts once. */
export async function chromiumMb(directory: string): Promise<number> {
  const group = await chromiumOf(directory)
  const pids = (await readdir('/proc')).filter((it) => /^\d+$/.test(it))
  const shares = await Promise.all(pids.map(async (pid) => ((await groupOf(pid)) === group ? pssKb(pid) : 0)))
  return shares.reduce((sum, it) => sum + it, 0) / 1_024
}

/** What it was started with, but for where its profile is. */
export async function chromiumArgs(directory: string): Promise<readonly string[]> {
  const line = await read(`/proc/${await chromiumOf(directory)}/cmdline`)
  const args = line.split('\0').filter((it) => it !== '' && !it.startsWith('--user-data-dir='))
  return args.sort()
}

/** Its first process, after which its group is called. */
async function chromiumOf(directory: string): Promise<number> {
  const groups = await chromiumGroups(directory)
  if (groups.length !== 1) throw new Error(`one Chromium should run on ${directory}, and ${groups.length} do`)
  return groups[0]!
}

async function groupOf(pid: string): Promise<number> {
  const stat = await read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
}

async function pssKb(pid: string): Promise<number> {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(await read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
}

/** Processes come and go while one looks: what is gone reads as nothing. */
function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
