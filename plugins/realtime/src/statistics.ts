import type { z } from '@waqtor/kernel'
import type { realtimeStats } from './contract.ts'

type Counted = 'broadcasts' | 'coalesced' | 'refused' | 'revoked' | 'dropped' | 'limited'

/** What was counted since the start. */
export class Statistics implements Pick<z.output<typeof realtimeStats.output>, Counted> {
  broadcasts = 0
  coalesced = 0
  refused = 0
  revoked = 0
  dropped = 0
  limited = 0
}
