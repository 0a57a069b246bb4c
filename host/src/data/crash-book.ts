import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from '@waqtor/kernel'
import { readJson, writeJson } from './small-file.ts'

const Crash = z.object({
  /** Milliseconds since 1970. */
  time: z.number(),
  /** Who failed, as far as is known. */
  plugin: z.string().nullable(),
  message: z.string(),
})
const Crashes = z.array(Crash)

/** A start that ended before the host was ready. */
export type Crash = z.output<typeof Crash>

const windowMs = 5 * 60_000
const enough = 3
const kept = 20

/** The crashes before ready that the data directory remembers. */
export function readCrashes(directory: string): Crash[] {
  return Crashes.safeParse(readJson(fileIn(directory))).data ?? []
}

/** Notes a crash. Synchronous, because the process may be on its way out. */
export function recordCrash(directory: string, crash: Crash): void {
  writeJson(fileIn(directory), [...readCrashes(directory), crash].slice(-kept))
}

/** A start that came up ends the count. */
export function forgetCrashes(directory: string): void {
  rmSync(fileIn(directory), { force: true })
}

/**
 * The crashes that call for safe mode: three within the last five minutes for which a plugin of the official ones is not
 * known to be to blame. Leaving others out would not help against those.
 */
export function reasonForSafeMode(
  crashes: readonly Crash[],
  now: number,
  official: ReadonlySet<string>,
): readonly Crash[] | undefined {
  const recent = crashes.filter(
    ({ time, plugin }) => now - time <= windowMs && time <= now && (plugin === null || !official.has(plugin)),
  )
  return recent.length >= enough ? recent : undefined
}

function fileIn(directory: string): string {
  return join(directory, 'crashes.json')
}
