/**
 * Proves what docs/delivery.md promises, under every fault that it names. The judge is the network's own log.
 *
 *   node bench/proof/delivery.ts [ordeal…] [--short] [--seed 1]
 *
 * Ends with 1 when anybody was sent to twice, left out, left open, held, or counted wrongly. What this machine cannot do is
 * skipped, said so, and counted.
 */
import { parseArgs } from 'node:util'
import { printTable } from '../kit/table.ts'
import { isBroken, Skipped } from './ordeal.ts'
import { ordeals } from './ordeals.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})
const unknown = positionals.find((it) => !ordeals.some(({ name }) => name === it))
if (values.help || unknown !== undefined) {
  if (unknown !== undefined) console.error(`there is no ordeal '${unknown}'`)
  console.log('pnpm proof:delivery [ordeal…] [--short] [--seed 1]\n')
  for (const { name, summary } of ordeals) console.log(`  ${name.padEnd(14)} ${summary}`)
  process.exit(unknown === undefined ? 0 : 2)
}
if (!/^[1-9]\d{0,5}$/.test(values.seed)) throw new Error(`--seed is a whole number above zero, not '${values.seed}'`)
const scale = { short: values.short, seed: Number(values.seed) }

const head = ['ordeal', 'what', 'times', 'recipients', 'doubled', 'missing', 'held', 'failed', 'open', 'wrong', 'seed']
const rows: string[][] = []
const skipped: string[] = []
for (const ordeal of ordeals) {
  if (positionals.length > 0 && !positionals.includes(ordeal.name)) continue
  const started = performance.now()
  try {
    for await (const part of ordeal.run(scale)) {
      const { what, blows, recipients, doubled, missing, held, failed, open, wrong } = part
      const figures = [blows, recipients, doubled, missing, held, failed, open, wrong.length, scale.seed]
      rows.push([ordeal.name, what, ...figures.map(String)])
      const verdict = isBroken(part) ? 'BROKEN' : 'ok'
      console.log(`${ordeal.name}: ${what}: ${blows} times, ${recipients} recipients: ${verdict}`)
      console.log(`  ${doubled} doubled, ${missing} missing, ${held} held, ${failed} failed, ${open} open`)
      for (const it of wrong) console.log(`  ${it}`)
      if (isBroken(part)) process.exitCode = 1
    }
  } catch (error) {
    if (!(error instanceof Skipped)) throw error
    skipped.push(ordeal.name)
    console.error(`SKIPPED ${ordeal.name}: ${error.message}`)
  }
  console.log(`${ordeal.name} took ${Math.round((performance.now() - started) / 1_000)} s`)
}
printTable(head, rows)
if (skipped.length > 0) console.error(`${skipped.length} SKIPPED: ${skipped.join(', ')}`)
