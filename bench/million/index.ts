import { createReadStream, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { apiKey, type Program, Stack } from '@waqtor/host/testing'
import { writeTable } from '@waqtor/tabular'
import { format } from '../kit/figures.ts'
import { startFlags } from '../kit/start-flags.ts'
import { printTable } from '../kit/table.ts'

const pages = 40
const pageSize = 50

/**
 * A campaign of a million from a CSV file to its end: the host as `pnpm start` starts it, the network in a process of its
 * own, everything durable. What counts is the memory of the host, and that the last page comes as quickly as the first.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { recipients: { type: 'string', default: '1000000' }, 'in-flight': { type: 'string', default: '500' } },
  })
  const count = Number(values.recipients)
  await using stack = await Stack.create()
  const path = join(stack.directory, 'people.csv')
  await writeTable(path, 'csv', ['phone', 'name'], people(count))
  // As anybody's second start: the first one after a change of the code compiles it.
  await (await stack.startHost({ nodeFlags: startFlags() })).end()
  await stack.startNetwork()
  const host = await stack.startHost({ nodeFlags: startFlags() })
  const rows: string[][] = [['when it is up', '', `${memoryOf(host)}`]]

  const uploaded = await upload(host, path)
  const { answer: created, waits } = await besides(
    () => timed(() => stack.request('GET', '/health')),
    timed(() =>
      stack.request('POST', '/api/v2/campaigns', {
        name: 'a million',
        template: 'Hello {{name}}, this is {{phone}}',
        file: { fileId: uploaded },
        pacing: { inFlight: Number(values['in-flight']) },
      }),
    ),
  )
  if (created.answer.body.accepted !== count) throw new Error(created.answer.text)
  const campaign = `/api/v2/campaigns/${created.answer.body.campaignId}`
  const lines = (await stat(path)).size
  rows.push([
    `from a file of ${format(lines / 1e6)} MB to frozen recipients`,
    `${format(count / (created.ms / 1_000))} rows/s`,
    `${memoryOf(host)}`,
  ])

  const inOrder = waits.map(({ ms }) => ms).sort((a, b) => a - b)
  const [usual, late] = [0.5, 0.99].map((it) => inOrder[Math.floor(inOrder.length * it)]!.toFixed(1))
  rows.push(['what others wait for /health meanwhile', `${usual} ms, p99 ${late} ms`, ''])

  const first = await pageMs(stack, `${campaign}/recipients?limit=${pageSize}`)
  const end = await pageMs(stack, `${campaign}/recipients?limit=${pageSize}&cursor=${count - pageSize - 1}`)
  rows.push([`a page of ${pageSize} at the beginning`, `${first.toFixed(2)} ms`, ''])
  rows.push([`the same at row ${format(count)}`, `${end.toFixed(2)} ms (${(end / first).toFixed(2)} times)`, ''])

  const sent = await timed(async () => {
    await stack.request('POST', `${campaign}/start`, {})
    for (;;) {
      await pause(500)
      const { body } = await stack.request('GET', campaign)
      if (body.status === 'completed') return body
      if (body.status !== 'running') throw new Error(`the campaign is ${body.status}: ${body.reason}`)
    }
  })
  rows.push(['sent over a network beside it', `${format(count / (sent.ms / 1_000))}/s`, `${memoryOf(host)}`])
  const accepted = await stack.accepted()
  const reached = new Set(accepted.map((it) => it.to)).size
  printTable(['', '', 'most MB so far'], rows)
  console.log(`\nthe network's log: ${format(accepted.length)} messages to ${format(reached)} people`)
}

function* people(count: number): Generator<readonly string[]> {
  for (let i = 0; i < count; i++) yield [`+2010${10_000_000 + i}`, `Nadia ${i}`]
}

async function upload(host: Program, path: string): Promise<string> {
  const address = /http:\/\/127\.0\.0\.1:\d+/.exec(await host.line(/http:\/\/127\.0\.0\.1:\d+/))![0]
  const response = await fetch(`${address}/files?filename=people.csv`, {
    method: 'POST',
    headers: { 'X-API-Key': apiKey },
    body: ReadableStream.from(createReadStream(path)),
    duplex: 'half',
  } as RequestInit)
  const { fileId } = (await response.json()) as { fileId?: string }
  if (fileId === undefined) throw new Error(`the file was not taken: ${response.status}`)
  return fileId
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly answer: T; readonly ms: number }> {
  const started = performance.now()
  const answer = await work()
  return { answer, ms: performance.now() - started }
}

/** Does something again and again, with pauses, until the long work is done. */
async function besides<A, W>(again: () => Promise<W>, work: Promise<A>): Promise<{ answer: A; waits: readonly W[] }> {
  let isDone = false
  const answer = work.finally(() => {
    isDone = true
  })
  const waits: W[] = []
  while (!isDone) {
    waits.push(await again())
    await pause(20)
  }
  return { answer: await answer, waits }
}

/** Median of many, one after another. */
async function pageMs(stack: Stack, path: string): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < pages; i++) {
    const { answer, ms } = await timed(() => stack.request('GET', path))
    if (answer.body.items.length !== pageSize) throw new Error(`${path}: ${answer.text.slice(0, 200)}`)
    times.push(ms)
  }
  return times.sort((a, b) => a - b)[pages / 2]!
}

/** The most memory that the process ever held, in MB, as the system counts it. */
function memoryOf({ child }: Program): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))
  return Math.round(Number(peak?.[1]) / 1_024)
}
