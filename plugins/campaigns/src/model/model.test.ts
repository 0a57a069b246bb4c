import { describe, it } from 'vitest'
import { explore } from './explore.ts'

const env = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise)

describe('campaigns and their outbox, whatever people, network and machine do to them', () => {
  it(
    'do what the contract promises',
    async () => {
      const seed = process.env['WAQTOR_MODEL_SEED']
      await explore({
        seed: seed === undefined ? env('WAQTOR_MODEL_SEED0', 1) : Number(seed),
        sequences: seed === undefined ? env('WAQTOR_MODEL_SEQUENCES', 60) : 1,
        limitMs: env('WAQTOR_MODEL_SECONDS', 15) * 1_000,
      })
    },
    24 * 3_600_000,
  )
})
