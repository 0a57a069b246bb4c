import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Double } from '../double.ts'
import type { BareOptions } from './bare-options.ts'
import { eventually } from './eventually.ts'

const program = fileURLToPath(new URL('./bare-host.ts', import.meta.url))

interface Said {
  readonly event: string
  readonly pid?: number
  readonly qr?: string
  readonly id?: string
}

/** A Node process with the bare library and its Chromium, both of which may be killed. */
export class HostProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #said: Said[] = []

  constructor(double: Pick<Double, 'chromiumArgs'>, directory: string, options: BareOptions = {}) {
    const argument = JSON.stringify({ chromiumArgs: double.chromiumArgs, directory, options })
    this.#child = spawn(process.execPath, [program, argument], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#said.push(JSON.parse(line)))
  }

  async next(event: string): Promise<Said> {
    await eventually(() => {
      if (!this.#said.some((it) => it.event === event)) throw new Error(`the host has not said '${event}'`)
    })
    return this.#said.find((it) => it.event === event)!
  }

  /** The process group of its Chromium. */
  async browser(): Promise<number> {
    return (await this.next('browser')).pid!
  }

  /** The ids of what it has sent. */
  get sent(): readonly string[] {
    return this.#said.flatMap((it) => (it.id === undefined ? [] : [it.id]))
  }

  send(chat: string, text: string): void {
    this.#child.stdin!.write(`${chat} ${text}\n`)
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async kill(): Promise<void> {
    if (!this.alive) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pid = this.#said.find((it) => it.event === 'browser')?.pid
    await this.kill()
    if (pid !== undefined) killGroup(pid)
  }
}

/** The living processes of a group, zombies not counted. */
export function groupMembers(group: number): readonly number[] {
  return readdirSync('/proc')
    .filter((it) => /^\d+$/.test(it))
    .filter((pid) => {
      const [state, , pgrp] = statOf(pid)
      return Number(pgrp) === group && state !== 'Z'
    })
    .map(Number)
}

export function killGroup(group: number): void {
  if (groupMembers(group).length > 0) process.kill(-group, 'SIGKILL')
}

/** State, parent and group; nothing of a process that has just gone. */
function statOf(pid: string): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
