import { expect, it } from 'vitest'
import { isBroken, type Ordeal, type Part, Skipped } from '../ordeal.ts'

/** Makes the short form of an ordeal a test. What this machine cannot do is skipped, and said so. */
export function shortForm({ name, summary, run }: Ordeal): void {
  it(`${name}: ${summary}`, { timeout: 600_000 }, async ({ skip }) => {
    const parts: Part[] = []
    try {
      for await (const part of run({ short: true, seed: 1 })) parts.push(part)
    } catch (error) {
      if (!(error instanceof Skipped)) throw error
      console.warn(`SKIPPED ${name}: ${error.message}`)
      skip(error.message)
    }
    expect(parts).not.toEqual([])
    expect(parts.filter(isBroken)).toEqual([])
    for (const it of parts) expect(it.blows, it.what).toBeGreaterThan(0)
  })
}
