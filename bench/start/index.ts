import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { figureOf, ratioOf, show } from '../kit/figures.ts'
import { freePort } from '../kit/free-port.ts'
import { inTurns } from '../kit/rounds.ts'
import { scratch } from '../kit/scratch.ts'
import { printTable } from '../kit/table.ts'

const bare = 'bare Hono with SQLite'
const root = resolve(import.meta.dirname, '../..')
// As `pnpm start` starts it: `node`, its flags, the file, `start`.
const [, ...waqtor] = (JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')).scripts.start as string).split(
  ' ',
)
const idleMs = 3_000
const patienceMs = 60_000

interface Measure {
  readonly readyMs: number
  readonly idleMb: number
}

/** From the start of the process to its first answer, and the memory that it holds while nothing happens. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: 'string', default: '7' } } })
  await using first = await scratch()
  // The second start and those after it: the data directory, its key and its account are there.
  const known = first.path
  const contestants: Record<string, () => Promise<Measure>> = {
    [bare]: () => measure([resolve(import.meta.dirname, 'bare.ts')], known),
    'WaQtor, first start': async () => {
      await using fresh = await scratch()
      return await measure(waqtor, fresh.path)
    },
    'WaQtor, later start': () => measure(waqtor, known),
  }
  for (const it of Object.values(contestants)) await it()
  const results = await inTurns(Number(values.rounds), contestants)

  const ready = (name: string) => results[name]!.map((it) => it.readyMs)
  const idle = (name: string) => results[name]!.map((it) => it.idleMb)
  console.log(`from the start to the first answer (${values.rounds} rounds in turns: median, min–max)\n`)
  printTable(
    ['', 'ready after ms', `times ${bare}`, 'idle MB'],
    Object.keys(contestants).map((name) => [
      name,
      show(figureOf(ready(name))),
      show(ratioOf(ready(name), ready(bare))),
      show(figureOf(idle(name))),
    ]),
  )
}

async function measure(command: readonly string[], directory: string): Promise<Measure> {
  const port = await freePort()
  const env = { ...process.env, WAQTOR_DATA: directory, WAQTOR_PORT: String(port), WAQTOR_HOST: '127.0.0.1' }
  const started = performance.now()
  const child = spawn(process.execPath, command, { env, cwd: root, stdio: 'ignore' })
  const ended = once(child, 'exit')
  try {
    await answering(port, () => child.exitCode, started + patienceMs)
    const readyMs = performance.now() - started
    await delay(idleMs)
    return { readyMs, idleMb: residentMb(child.pid!) }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function answering(port: number, exitCode: () => number | null, until: number): Promise<void> {
  while (performance.now() < until) {
    if (exitCode() !== null) throw new Error(`the server ended with code ${exitCode()} before it answered`)
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
    if (answer?.ok) return
    await delay(5)
  }
  throw new Error(`no answer on port ${port} after ${patienceMs} ms`)
}

/** What the system says that a process holds. */
function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  if (!kilobytes) throw new Error('the system does not tell how much memory a process holds: run this on Linux')
  return Number(kilobytes) / 1_024
}
