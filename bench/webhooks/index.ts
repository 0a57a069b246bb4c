import { figureOf, format, ratioOf, show } from '../kit/figures.ts'
import { inOwnProcess } from '../kit/process.ts'
import { inTurns } from '../kit/rounds.ts'
import { startFlags } from '../kit/start-flags.ts'
import { printTable } from '../kit/table.ts'
import type { Measured, Task } from './sending.ts'

const rounds = 5
const MEGABYTE = 1_000_000

/** 10,000 deliveries to nine healthy receivers and one that hangs, beside the nine alone. */
export async function run(): Promise<void> {
  const sending = new URL('./sending.ts', import.meta.url).href
  const measure = (task: Task) => inOwnProcess<Measured>(sending, task, startFlags())
  const results = await inTurns(rounds, {
    'nine healthy': () => measure({ burst: 1_000, steady: 500, withHanging: false }),
    'and one that hangs': () => measure({ burst: 1_000, steady: 500, withHanging: true }),
  })
  const [alone, beside] = [results['nine healthy'], results['and one that hangs']]
  const of = (those: readonly Measured[], what: keyof Measured) => those.map((it) => it[what])
  console.log(`1,000 events at once, then 500 at 50 a second (${rounds} rounds in turns: median, min–max)\n`)
  printTable(
    ['', 'deliveries a second to the nine', 'p50 ms', 'p99 ms', 'hanging at once', 'growth MB'],
    Object.entries(results).map(([name, those]) => [
      name,
      show(figureOf(of(those, 'rate'))),
      show(figureOf(of(those, 'p50'))),
      show(figureOf(of(those, 'p99'))),
      format(figureOf(of(those, 'hanging')).max),
      show(figureOf(of(those, 'growth').map((it) => it / MEGABYTE))),
    ]),
  )
  const ratio = (what: keyof Measured) => show(ratioOf(of(beside, what), of(alone, what)))
  console.log(`with the hanging one, times without: rate ${ratio('rate')}, p99 ${ratio('p99')}`)
}
