import { describe, expect, it } from 'vitest'
import { explore } from './explore.ts'

/** Set by `pnpm proof:model`; a failing sequence is replayed with the seed that it printed: `WAQTOR_MODEL_SEED=17`. */
const { WAQTOR_MODEL_SEED: replayed, WAQTOR_MODEL_EXPLORATION: wanted } = process.env
const exploration = JSON.parse(wanted ?? '{ "seed": 1, "sequences": 60, "limitMs": 12000 }')

describe('campaigns and their outbox', () => {
  it(
    'do what the contract promises, whatever people, the network and the machine do to them',
    async () => {
      // The proof counts these lines.
      const progress = (ran: number) => wanted && process.stdout.write(`${JSON.stringify({ ran })}\n`)
      const one = replayed && { seed: Number(replayed), sequences: 1 }
      const ran = await explore({ ...exploration, ...one, progress })
      expect(ran).toBeGreaterThan(0)
    },
    24 * 3_600_000,
  )
})
