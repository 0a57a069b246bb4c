import { killedHosts } from '@waqtor/plugin-webhooks/testing'
import { chance } from '../kit/chance.ts'
import { counted, type Trial } from './trial.ts'

/** Hosts that die while they tell of what happened. */
export const webhookKills: Trial = {
  rows: 'C1',
  name: 'webhook-kills',
  summary: 'a hundred hosts killed (SIGKILL) while they record events and deliver them, a fifth of the answers lost',
  async *run({ short, seed }) {
    const drawn = chance(seed)
    // One in three dies by what it has told, and the others in the middle of their deliveries.
    const deaths = Array.from({ length: short ? 3 : 100 }, () => (drawn.happens(1 / 3) ? 0 : drawn.between(1, 60)))
    const { committed, lost, renamed, shared, repeated, code } = await killedHosts(deaths)
    yield counted(
      `of ${committed} events that were committed before ${deaths.length} kills, those that never arrived`,
      lost.length,
      0,
    )
    yield counted(`events under more than one id; ${repeated} arrivals were repeated`, renamed.length, 0)
    yield counted('ids under which more than one event came', shared, 0)
    yield counted('how the last host ended, which delivered what was left', code ?? -1, 0)
  },
}
