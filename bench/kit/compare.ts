import { figureOf, ratioOf, show } from './figures.ts'
import { calibrate, type Loop, timeOf } from './loop.ts'
import { inTurns } from './rounds.ts'
import { printTable } from './table.ts'

const rounds = 9

/**
 * Measures short things beside each other in one process, and prints what one call of each costs.
 * @param reference the one that the others are measured by
 */
export async function compareLoops<N extends string>(
  title: string,
  contestants: Readonly<Record<N, Loop>>,
  reference: NoInfer<N>,
): Promise<void> {
  const names = Object.keys(contestants) as N[]
  const times = new Map<N, number>()
  // Twice: the first time decides what is compiled, the second how often it has to run then.
  for (const name of [...names, ...names]) times.set(name, await calibrate(contestants[name]))
  const measures = Object.fromEntries(
    names.map((name) => [name, () => timeOf(contestants[name], times.get(name)!)]),
  ) as Record<N, () => Promise<number>>
  const results = await inTurns(rounds, measures)
  console.log(`${title} (${rounds} rounds in turns: median, min–max)\n`)
  printTable(
    ['', 'ns a call', `times ${reference}`],
    names.map((name) => [name, show(figureOf(results[name])), show(ratioOf(results[name], results[reference]))]),
  )
}
