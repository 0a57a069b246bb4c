/**
 * Tries in full what docs/security.md promises about hostile input: what is too long for the tests.
 *
 *   node bench/proof/security.ts [trial…] [--short] [--seed 1]
 *
 * Ends with 1 when a count is wrong. A figure of the machine that misses its bound is shown as such; on a machine that does
 * other things meanwhile that says little.
 */
import { parseArgs } from 'node:util'
import { printTable } from '../kit/table.ts'
import { trials } from './hostile/trials.ts'
import { Skipped } from './ordeal.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})
const unknown = positionals.find((it) => !trials.some(({ name }) => name === it))
if (values.help || unknown !== undefined) {
  if (unknown !== undefined) console.error(`there is no trial '${unknown}'`)
  console.log('pnpm proof:security [trial…] [--short] [--seed 1]\n')
  for (const { name, rows, summary } of trials) console.log(`  ${name.padEnd(14)} ${rows}: ${summary}`)
  process.exit(unknown === undefined ? 0 : 2)
}
if (!/^[1-9]\d{0,5}$/.test(values.seed)) throw new Error(`--seed is a whole number above zero, not '${values.seed}'`)
const scale = { short: values.short, seed: Number(values.seed) }

const table: string[][] = []
for (const trial of trials) {
  if (positionals.length > 0 && !positionals.includes(trial.name)) continue
  const started = performance.now()
  try {
    for await (const { what, figure, bound, holds, measured } of trial.run(scale)) {
      const verdict = holds ? 'ok' : measured ? 'missed' : 'BROKEN'
      table.push([trial.rows, what, figure, bound, verdict])
      console.log(`${trial.name}: ${what}: ${figure} (${bound}): ${verdict}`)
      if (verdict === 'BROKEN') process.exitCode = 1
    }
  } catch (error) {
    if (!(error instanceof Skipped)) throw error
    console.error(`SKIPPED ${trial.name}: ${error.message}`)
  }
  console.log(`${trial.name} took ${Math.round((performance.now() - started) / 1_000)} s`)
}
printTable(['row', 'what', 'figure', 'held to', 'verdict'], table)
