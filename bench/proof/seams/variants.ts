import { fileURLToPath } from 'node:url'
import type { Launch } from '@waqtor/host/testing'

const config = fileURLToPath(new URL('./waqtor.config.ts', import.meta.url))

/** A transport that finds out the id of a message by sending it, so that a lost one must be known by its chat and its text. */
export const withoutDrawnIds: Launch = { config, env: { PROOF_WITHOUT_DRAWN_IDS: '1' } }
