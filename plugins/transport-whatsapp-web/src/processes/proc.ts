import { readdir, readFile } from 'node:fs/promises'

/** A process as /proc tells of it. */
export interface ProcessLine {
  readonly pid: number
  readonly group: number
  readonly isZombie: boolean
}

/** Reads what stands in `/proc/<pid>/stat`. The name of the program may hold anything, blanks and brackets too. */
export function parseStat(text: string): ProcessLine | undefined {
  const end = text.lastIndexOf(')')
  const pid = Number.parseInt(text, 10)
  const [state, , group] = text.slice(end + 2).split(' ')
  return end < 0 || Number.isNaN(pid)
    ? undefined
    : { pid, group: Number(group), isZombie: state === 'Z' || state === 'X' }
}

/** The proportional set size in a `smaps_rollup`, in bytes: memory that is shared counts once over all who share it. */
export function parsePss(text: string): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1]
  return Number(kilobytes ?? 0) * 1024
}

/** The living processes of a group. Empty where there is no /proc. */
export async function processesOfGroup(group: number): Promise<number[]> {
  const found = await Promise.all((await pids()).map(async (pid) => parseStat(await read(`/proc/${pid}/stat`))))
  return found.filter((it) => it !== undefined && it.group === group && !it.isZombie).map((it) => it!.pid)
}

/** The group of each process that was started with such an argument. */
export async function groupsWithArgument(isIt: (argument: string) => boolean): Promise<number[]> {
  const groups = new Set<number>()
  for (const pid of await pids()) {
    if (!(await read(`/proc/${pid}/cmdline`)).split('\0').some(isIt)) continue
    const line = parseStat(await read(`/proc/${pid}/stat`))
    if (line && !line.isZombie) groups.add(line.group)
  }
  return [...groups]
}

/** What a process takes of the memory, in bytes; 0 once it is gone. */
export async function memoryOf(pid: number): Promise<number> {
  return parsePss(await read(`/proc/${pid}/smaps_rollup`))
}

async function pids(): Promise<string[]> {
  return (await readdir('/proc').catch(() => [])).filter((it) => /^\d+$/.test(it))
}

/** Processes come and go while one looks: what is gone reads as nothing. */
async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
