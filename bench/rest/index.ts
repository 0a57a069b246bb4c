import { parseArgs } from 'node:util'
import { figureOf, format, ratioOf, show } from '../kit/figures.ts'
import { inOwnProcess } from '../kit/process.ts'
import { inTurns } from '../kit/rounds.ts'
import { scratch } from '../kit/scratch.ts'
import { printTable } from '../kit/table.ts'
import type { LoadResult } from './load.ts'
import { ServerProcess } from './server-process.ts'

const reference = 'bare Hono'

interface Measure {
  readonly perSecond: number
  readonly p99Ms: number
  /** Of the server alone: the caller has a core of its own, and may be the slower one. */
  readonly cpuMicroseconds: number
}

/**
 * One command with a handler that does nothing. The bare ones read JSON, check it with zod and answer JSON; those with the
 * same work also check Host, key, permission, account and an allowance, limit the body and its depth and the handler's time,
 * check the answer, and set a request id and the usual headers.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' } },
  })
  const seconds = Number(values.seconds)
  await using place = await scratch()
  await using servers = new AsyncDisposableStack()
  const start = async (name: string, ...more: string[]) => servers.use(await ServerProcess.start(name, more))
  const contestants = {
    [reference]: await start('hono'),
    'bare Fastify': await start('fastify'),
    'bare Express 5': await start('express'),
    'node:http, same work': await start('node-same-work'),
    'Hono, same work': await start('hono-same-work'),
    'Express 5, same work': await start('express-same-work'),
    'WaQtor, everything': await start('waqtor', place.path),
  }
  for (const it of Object.values(contestants)) await load(it, seconds)
  const rounds = Number(values.rounds)
  const results = await inTurns(
    rounds,
    Object.fromEntries(Object.entries(contestants).map(([name, it]) => [name, () => load(it, seconds)])),
  )

  const each = (name: string, of: (it: Measure) => number) => results[name]!.map(of)
  const perSecond = (it: Measure) => it.perSecond
  const perCpu = (it: Measure) => 1 / it.cpuMicroseconds
  console.log(
    `one request at a time on each of 50 connections (${rounds} rounds of ${seconds} s in turns: median, min–max)\n`,
  )
  printTable(
    ['', 'requests/s', `times ${reference}`, 'server CPU µs', `times ${reference}, by CPU`, 'p99 ms'],
    Object.keys(contestants).map((name) => [
      name,
      show(figureOf(each(name, perSecond))),
      show(ratioOf(each(name, perSecond), each(reference, perSecond))),
      show(figureOf(each(name, (it) => it.cpuMicroseconds))),
      show(ratioOf(each(name, perCpu), each(reference, perCpu))),
      format(figureOf(each(name, (it) => it.p99Ms)).median),
    ]),
  )
}

async function load(server: ServerProcess, seconds: number): Promise<Measure> {
  const before = await server.cpuMicroseconds()
  const task = { address: server.address, seconds }
  const { requests, perSecond, p99Ms } = await inOwnProcess<LoadResult>(import.meta.resolve('./load.ts'), task)
  const used = (await server.cpuMicroseconds()) - before
  return { perSecond, p99Ms, cpuMicroseconds: used / requests }
}
