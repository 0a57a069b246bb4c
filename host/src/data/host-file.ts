import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from '@waqtor/kernel'
import { readJson, writeJson } from './small-file.ts'

const HostFile = z.object({ pid: z.int(), address: z.string(), version: z.string(), since: z.string() })

/** What the running host says of itself to the command line: where it can be reached. */
export type HostFile = z.output<typeof HostFile>

/** The document in the data directory; it may be left over from a host that was killed: the lock is the truth. */
export function readHostFile(directory: string): HostFile | undefined {
  return HostFile.safeParse(readJson(pathIn(directory))).data
}

export function writeHostFile(directory: string, content: HostFile): void {
  writeJson(pathIn(directory), content)
}

export function removeHostFile(directory: string): void {
  rmSync(pathIn(directory), { force: true })
}

function pathIn(directory: string): string {
  return join(directory, 'host.json')
}
