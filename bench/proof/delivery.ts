/**
 * Proves what docs/delivery.md promises: campaigns whose host is killed (SIGKILL) at random instants, while the network
 * breaks connections, hangs, and loses answers and acknowledgements. The judge is the network's own log.
 *
 *   node bench/proof/delivery.ts [--kills 100] [--in-flight 1|50] [--recipients 2000] [--seed 1] [--minutes 10]
 *
 * Ends with 1 when anybody was sent to twice, left out, left open, held, or counted wrongly.
 */
import { parseArgs } from 'node:util'
import { printTable } from '../kit/table.ts'
import { chance } from './chance.ts'
import { type Ordeal, ordeal } from './ordeal.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    'in-flight': { type: 'string' },
    recipients: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '10' },
  },
})
const wanted = whole('kills', values.kills)
const recipients = whole('recipients', values.recipients)
const seed = whole('seed', values.seed)
const minutes = whole('minutes', values.minutes)
const inFlights = values['in-flight'] === undefined ? [1, 50] : [whole('in-flight', values['in-flight'])]

const head = [
  'in flight',
  'campaigns',
  'recipients',
  'kills',
  'resumed',
  'doubled',
  'missing',
  'held',
  'open',
  'wrong',
  'seed',
]
const rows: string[][] = []
for (const inFlight of inFlights) rows.push(summary(inFlight, await prove(inFlight)))
printTable(head, rows)

async function prove(inFlight: number): Promise<Ordeal[]> {
  const until = Date.now() + minutes * 60_000
  const all: Ordeal[] = []
  for (let round = 0; Date.now() < until; round++) {
    const left = wanted - sum(all, 'kills')
    if (left <= 0) break
    const ended = await ordeal({ recipients, inFlight, kills: left, chance: chance(seed * 1_000 + round), until })
    all.push(ended)
    const { kills, doubled, missing, held, open, wrong } = ended
    console.log(
      `in flight ${inFlight}, campaign ${round + 1}: ${kills} kills, ${doubled} doubled, ${missing} missing, ${held} held, ${open} open`,
    )
    for (const it of wrong) console.log(`  ${it}`)
    if (isBad(ended)) process.exitCode = 1
  }
  if (sum(all, 'kills') < wanted) console.log(`the time was over after ${sum(all, 'kills')} of ${wanted} kills`)
  return all
}

function summary(inFlight: number, all: readonly Ordeal[]): string[] {
  const figures = (['recipients', 'kills', 'resumed', 'doubled', 'missing', 'held', 'open'] as const).map((it) =>
    sum(all, it),
  )
  const wrong = all.reduce((n, it) => n + it.wrong.length, 0)
  return [inFlight, all.length, ...figures, wrong, seed].map(String)
}

function isBad({ doubled, missing, held, open, wrong }: Ordeal): boolean {
  return doubled + missing + held + open + wrong.length > 0
}

function sum(all: readonly Ordeal[], field: Exclude<keyof Ordeal, 'wrong'>): number {
  return all.reduce((total, it) => total + it[field], 0)
}

function whole(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} is a whole number above zero, not '${text}'`)
  return Number(text)
}
