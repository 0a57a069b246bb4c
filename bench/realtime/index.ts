import { parseArgs } from 'node:util'
import { figureOf, format, ratioOf, show } from '../kit/figures.ts'
import { inTurns } from '../kit/rounds.ts'
import { scratch } from '../kit/scratch.ts'
import { printTable } from '../kit/table.ts'
import { type Emit, Stage } from './stage.ts'

const reference = 'bare ws'
const contestants = { [reference]: 'ws', 'socket.io alone': 'socket-io', 'WaQtor channel': 'waqtor' }

/** Fan-out to a hundred clients, and what a tenth of a thousand that stops reading costs the others. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      clients: { type: 'string', default: '1000' },
      only: { type: 'string' },
    },
  })
  const seconds = Number(values.seconds)
  if (values.only !== 'stopped') await fanOut(Number(values.rounds), seconds)
  if (values.only !== 'fan-out') await stopped(seconds, Number(values.clients))
}

async function fanOut(rounds: number, seconds: number): Promise<void> {
  const clients = 100
  const perSecond = 200
  const order: Emit = { what: 'plain', events: perSecond * seconds, perSecond, bytes: 100 }
  await using place = await scratch()
  await using stages = new AsyncDisposableStack()
  const opened = new Map<string, Stage>()
  for (const [name, server] of Object.entries(contestants))
    opened.set(name, stages.use(await Stage.open(server, place.path, clients)))
  const measure = async (stage: Stage) => {
    const { cpuMicroseconds, frames, p99Ms } = await stage.emit(order)
    if (frames !== clients * order.events)
      throw new Error(`${clients * order.events} frames were expected, and ${frames} came`)
    return { perDelivery: cpuMicroseconds / frames, p99Ms }
  }
  for (const stage of opened.values()) await measure(stage)
  const results = await inTurns(
    rounds,
    Object.fromEntries([...opened].map(([name, stage]) => [name, () => measure(stage)])),
  )
  const cpu = (name: string) => results[name]!.map((it) => it.perDelivery)
  console.log(
    `${perSecond} events a second to each of ${clients} clients (${rounds} rounds of ${seconds} s in turns: median, min–max)\n`,
  )
  printTable(
    ['', 'server CPU µs a delivery', `times ${reference}`, 'p99 ms'],
    [...opened.keys()].map((name) => [
      name,
      show(figureOf(cpu(name))),
      show(ratioOf(cpu(name), cpu(reference))),
      format(figureOf(results[name]!.map((it) => it.p99Ms)).median),
    ]),
  )
}

async function stopped(seconds: number, clients: number): Promise<void> {
  await using place = await scratch()
  const mb = (bytes: number) => format(bytes / 1_000_000)
  const campaigns = 10
  const silent = Math.round(clients / 10)
  {
    await using stage = await Stage.open('waqtor', place.path, clients, silent)
    const perSecond = 10_000
    await stage.emit({ what: 'progress', events: perSecond, perSecond, bytes: 20 })
    const it = await stage.emit({ what: 'progress', events: perSecond * seconds, perSecond, bytes: 20 })
    console.log(
      `${perSecond} changes a second of ${campaigns} campaigns to ${clients} clients, ${silent} of which do not read\n`,
    )
    printTable(
      ['', 'frames a second of each campaign', 'p50 ms', 'p99 ms', 'server CPU', 'MB more'],
      [
        [
          'WaQtor channel',
          format(it.frames / (clients - silent) / campaigns / it.seconds),
          format(it.p50Ms),
          format(it.p99Ms),
          `${format(it.cpuMicroseconds / 10_000 / it.seconds)} %`,
          mb(it.rssMost - it.rssBefore),
        ],
      ],
    )
  }
  const reading = 20
  await using stage = await Stage.open('waqtor', place.path, silent + reading, silent)
  const order: Emit = { what: 'plain', events: 600 * seconds, perSecond: 100, bytes: 4_000 }
  await stage.emit({ ...order, events: 100 })
  const it = await stage.emit(order)
  console.log(
    `100 events of 4 kB a second to ${silent + reading} clients, ${silent} of which do not read, for ${6 * seconds} s\n`,
  )
  printTable(
    ['', 'dropped', 'connected at the end', 'p99 ms of the others', 'MB more at most', 'MB more for each that stopped'],
    [
      [
        'WaQtor channel',
        format(it.dropped),
        format(it.connections),
        format(it.p99Ms),
        mb(it.rssMost - it.rssBefore),
        mb((it.rssMost - it.rssBefore) / silent),
      ],
    ],
  )
}
