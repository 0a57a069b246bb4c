import { expect, it } from 'vitest'
import type { Finding } from './hostile/trial.ts'
import { trials } from './hostile/trials.ts'
import { Skipped } from './ordeal.ts'

// The short form of each trial: what is counted must be right; what is measured depends on the machine.
it.each(trials.map((it) => [it.rows, it.name, it] as const))('%s: %s', { timeout: 300_000 }, async (_, name, trial) => {
  const findings: Finding[] = []
  try {
    for await (const it of trial.run({ short: true, seed: 1 })) findings.push(it)
  } catch (error) {
    if (!(error instanceof Skipped)) throw error
    console.warn(`SKIPPED ${name}: ${error.message}`)
    return
  }
  const counts = findings.filter((it) => !it.measured)
  expect(counts.length).toBeGreaterThan(0)
  expect(counts.filter((it) => !it.holds)).toEqual([])
})
