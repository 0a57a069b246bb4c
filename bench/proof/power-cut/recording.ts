import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Launch, Stack } from '@waqtor/host/testing'
import type { Chance } from '../kit/chance.ts'
import { compile } from '../kit/compile.ts'
import { afterPowerCut } from './disk.ts'

/** What the hosts of one stack do to their data directory. */
export class Recording {
  /** How a host is started so that it is recorded. */
  readonly launch: Launch
  readonly #record: string

  private constructor(record: string, launch: Launch) {
    this.#record = record
    this.launch = launch
  }

  static async of(stack: Stack, launch: Launch = {}): Promise<Recording> {
    const record = join(stack.directory, 'record')
    const library = await compile(fileURLToPath(new URL('./record.c', import.meta.url)), stack.directory)
    mkdirSync(stack.data)
    const env = { ...launch.env, LD_PRELOAD: library, RECORD_BELOW: stack.data, RECORD_TO: record }
    return new Recording(record, { ...launch, env })
  }

  /** What a power cut now would leave of the data directory, which held this when the host was started. */
  cut(before: ReadonlyMap<string, Buffer>, chance: Chance): Map<string, Buffer> {
    return afterPowerCut(before, readFileSync(this.#record), chance)
  }

  /** Begins anew, for the next host. */
  clear(): void {
    rmSync(this.#record)
  }
}
