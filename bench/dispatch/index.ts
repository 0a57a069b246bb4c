import { parseArgs } from 'node:util'
import { figureOf, format, ratioOf, show } from '../kit/figures.ts'
import { inOwnProcess } from '../kit/process.ts'
import { inTurns, type Results } from '../kit/rounds.ts'
import { scratch } from '../kit/scratch.ts'
import { startFlags } from '../kit/start-flags.ts'
import { printTable } from '../kit/table.ts'
import { findRedis, type Sync, startRedis } from './redis.ts'
import type { DispatchResult, DispatchTask } from './task.ts'

type Size = Pick<DispatchTask, 'recipients' | 'inFlight'>

const waqtor = 'WaQtor, everything'
const states = 'WaQtor, states alone'
const bullmq: Readonly<Record<Sync, string>> = {
  always: 'BullMQ, AOF always',
  everysec: 'BullMQ, AOF everysec',
}
const bare = 'bare SQLite: commit, send, commit'

/** A campaign whose sends cost nothing, with many of them under way and with one at a time. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      recipients: { type: 'string', default: '60000' },
      single: { type: 'string', default: '20000' },
      large: { type: 'string', default: '400000' },
      rounds: { type: 'string', default: '5' },
    },
  })
  const rounds = Number(values.rounds)
  const redis = findRedis()

  const many: Size = { recipients: Number(values.recipients), inFlight: 500 }
  if (many.recipients > 0)
    print(
      many,
      await inTurns(rounds, { [waqtor]: () => ours(many), [states]: () => ours(many, 'states'), ...jobs(redis, many) }),
      bullmq.always,
    )

  const single: Size = { recipients: Number(values.single), inFlight: 1 }
  if (single.recipients > 0)
    print(
      single,
      await inTurns(rounds, { [waqtor]: () => ours(single), [bare]: () => byHand(single), ...jobs(redis, single) }),
      bare,
    )

  const large: Size = { recipients: Number(values.large), inFlight: 500 }
  if (large.recipients > 0) {
    const { peakMb, perSecond, lateMs } = await ours(large)
    console.log(
      `${large.recipients.toLocaleString('en')} recipients, ${large.inFlight} in flight, added 2,000 at a time (once): ` +
        `${format(perSecond)} a second, at most ${format(peakMb)} MB of memory, the event loop late by ${format(lateMs.p99)} ms (p99), ${format(lateMs.max)} ms at most\n`,
    )
  }
}

function jobs(binary: string | undefined, size: Size): Record<string, () => Promise<DispatchResult>> {
  if (!binary) return {}
  return Object.fromEntries(
    (['always', 'everysec'] as const).map((sync) => [bullmq[sync], () => withRedis(binary, sync, size)]),
  )
}

async function ours(size: Size, task = 'waqtor'): Promise<DispatchResult> {
  await using place = await scratch()
  return await inOwnProcess(import.meta.resolve(`./${task}.ts`), { ...size, directory: place.path }, startFlags())
}

async function byHand(size: Size): Promise<DispatchResult> {
  await using place = await scratch()
  return await inOwnProcess(import.meta.resolve('./bare-sqlite.ts'), { ...size, directory: place.path })
}

async function withRedis(binary: string, sync: Sync, size: Size): Promise<DispatchResult> {
  await using place = await scratch()
  await using redis = await startRedis(binary, place.path, sync)
  return await inOwnProcess(import.meta.resolve('./bullmq.ts'), {
    ...size,
    directory: place.path,
    redisPort: redis.port,
  })
}

function print({ recipients, inFlight }: Size, results: Results<string, DispatchResult>, preferred: string): void {
  const names = Object.keys(results)
  const reference = preferred in results ? preferred : names[0]!
  const speeds = (name: string) => results[name]!.map((it) => it.perSecond)
  const middle = (name: string, of: (it: DispatchResult) => number) => format(figureOf(results[name]!.map(of)).median)
  const rounds = results[reference]!.length
  console.log(
    `${recipients.toLocaleString('en')} recipients, ${inFlight} in flight (${rounds} rounds in turns: median, min–max)\n`,
  )
  printTable(
    ['', 'recipients/s', `times ${reference}`, 'added/s', 'peak MB', 'loop late, p99 ms', 'worst ms'],
    names.map((name) => [
      name,
      show(figureOf(speeds(name))),
      show(ratioOf(speeds(name), speeds(reference))),
      middle(name, (it) => it.addedPerSecond),
      middle(name, (it) => it.peakMb),
      middle(name, (it) => it.lateMs.p99),
      middle(name, (it) => it.lateMs.max),
    ]),
  )
}
