import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { importRows, writeTable } from '@waqtor/tabular'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import Papa from 'papaparse'
import { figureOf, format, ratioOf, show } from '../kit/figures.ts'
import { inTurns } from '../kit/rounds.ts'
import { scratch } from '../kit/scratch.ts'
import { printTable } from '../kit/table.ts'

const columns = ['phone', 'name', 'language', 'tags', 'city']
/** Beginnings of mobile numbers, and how many digits follow. */
const plans = [
  ['+2010', 8],
  ['+96650', 7],
  ['+98912', 7],
  ['+4479', 8],
  ['+1212', 7],
  ['+55119', 8],
] as const
const rounds = 5

/** Rows a second of a file into nothing: read, decoded, mapped, numbers made canonical, everybody once. */
export async function run([count = '300000']: readonly string[]): Promise<void> {
  await using directory = await scratch()
  const path = join(directory.path, 'people.csv')
  const rows = Number(count)
  await writeTable(path, 'csv', columns, people(rows))
  const numbers = Array.from(people(rows), ([phone]) => phone!)

  const results = await inTurns(rounds, {
    WaQtor: () =>
      ratePerSecond(rows, async () => {
        let taken = 0
        for await (const batch of importRows(path)) taken += batch.rows.length
        return taken
      }),
    'papaparse, reading only': () => ratePerSecond(rows, () => parsed(path)),
    'libphonenumber, numbers only': () =>
      ratePerSecond(rows, () => numbers.filter((it) => parsePhoneNumberFromString(it)?.isPossible()).length),
  })
  console.log(`${format(rows)} rows of a CSV file (${rounds} rounds in turns: median, min–max)\n`)
  printTable(
    ['', 'rows a second', 'times WaQtor'],
    Object.entries(results).map(([name, it]) => [name, show(figureOf(it)), show(ratioOf(it, results.WaQtor))]),
  )
}

function* people(count: number): Generator<readonly string[]> {
  for (let i = 0; i < count; i++) {
    const [beginning, digits] = plans[i % plans.length]!
    yield [beginning + String(i).padStart(digits, '0'), `Person ${i}`, 'en', 'customer, spring', `City ${i % 100}`]
  }
}

async function ratePerSecond(rows: number, work: () => number | Promise<number>): Promise<number> {
  const started = performance.now()
  const taken = await work()
  if (taken !== rows) throw new Error(`${taken} of ${rows} rows were taken`)
  return rows / ((performance.now() - started) / 1_000)
}

function parsed(path: string): Promise<number> {
  let taken = 0
  return new Promise((resolve, reject) =>
    Papa.parse<Record<string, string>>(createReadStream(path), {
      header: true,
      chunk: ({ data }) => {
        taken += data.length
      },
      skipEmptyLines: true,
      complete: () => resolve(taken),
      error: reject,
    }),
  )
}
