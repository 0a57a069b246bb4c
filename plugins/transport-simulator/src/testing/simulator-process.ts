import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Behaviour, Control, Deed, Delivery, PhoneView, Scan } from '../contract.ts'
import { ask } from '../remote/ask.ts'
import { type NetworkLine, readNetworkLog } from './network-lines.ts'

export interface SimulatorProcessOptions {
  readonly seed?: string
  /** Where to listen; a free port of 127.0.0.1 when absent. */
  readonly listen?: string
  /** The log file; one of its own, removed in the end, when absent. */
  readonly log?: string
}

/** A virtual network in a process of its own, for tests that kill hosts: its log is the judge of what was sent. */
export interface SimulatorProcess extends AsyncDisposable {
  /** What `WAQTOR_SIMULATOR_NETWORK` is to be. */
  readonly address: string
  readonly logFile: string
  readonly pid: number
  /** Every message that the network accepted so far, oldest first. */
  log(): Promise<NetworkLine[]>
  control(control: Control): Promise<{ instance: string | null; behaviour: Behaviour }>
  deliver(
    delivery: Omit<Delivery, 'instance'> & { instance?: string },
  ): Promise<{ messageId: string; timestamp: number }>
  phone(deed: Omit<Deed, 'instance'> & { instance?: string }): Promise<{ messageId: string; timestamp: number }>
  scan(scan: Omit<Scan, 'instance'> & { instance?: string }): Promise<{ number: string }>
  phones(): Promise<PhoneView[]>
  /** Ends the process at once, as a crash does. */
  kill(): Promise<void>
}

/**
 * Starts `waqtor simulator` as a process of its own.
 * @example
 * await using network = await startSimulator()
 * await network.control({ dropAnswerRate: 0.1 })
 * // … run a host with WAQTOR_SIMULATOR_NETWORK=network.address, kill it, start it again …
 * expect(await network.log()).toHaveLength(1000)
 */
export async function startSimulator(options: SimulatorProcessOptions = {}): Promise<SimulatorProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'waqtor-simulator-'))
  const { listen = '127.0.0.1:0', log: logFile = join(directory, 'network.jsonl'), seed = 'test' } = options
  const program = fileURLToPath(new URL(`./run-cli${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))
  const child = spawn(process.execPath, [program, '--listen', listen, '--log', logFile, '--seed', seed], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([once(lines, 'line'), exited.then(() => undefined)])
  if (!first) throw new Error(`the simulator did not start; exit code ${child.exitCode}`)
  const { listening: address } = JSON.parse(first[0]) as { listening: string }

  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await exited
  }
  return {
    address,
    logFile,
    pid: child.pid!,
    log: () => readNetworkLog(logFile),
    control: (control) => ask(address, '/control', control),
    deliver: (delivery) => ask(address, '/deliver', delivery),
    phone: (deed) => ask(address, '/phone', deed),
    scan: (scan) => ask(address, '/scan', scan),
    phones: async () => (await ask<{ items: PhoneView[] }>(address, '/phones')).items,
    kill: () => end('SIGKILL'),
    async [Symbol.asyncDispose]() {
      await end('SIGTERM')
      await rm(directory, { recursive: true, force: true })
    },
  }
}
