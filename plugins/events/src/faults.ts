import { type DatabaseFile, type EventLog, PluginFailed } from '@waqtor/contracts'

interface Fault {
  readonly plugin: string | null
  readonly phase: string
  readonly message: string
}

const QUIET_MS = 60_000
const REMEMBERED = 100

/** Decides which faults are worth a line in the log: one that repeats itself counts once a minute. */
export class FaultFilter {
  readonly #seen = new Map<string, number>()

  admits({ plugin, phase, message }: Fault, now: number): boolean {
    const key = JSON.stringify([plugin, phase, message])
    const last = this.#seen.get(key)
    if (last !== undefined && now - last < QUIET_MS) return false
    this.#seen.delete(key)
    this.#seen.set(key, now)
    if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.keys().next().value!)
    return true
  }
}

/** Writes a plugin's fault into the host's log. */
export async function recordFault(log: EventLog, host: DatabaseFile, { plugin, phase, message }: Fault): Promise<void> {
  await host.write((tx) => log.record(tx, PluginFailed, { plugin, phase, message }))
}
