import { replayDead } from '@waqtor/plugin-webhooks/testing'
import { below, counted, type Trial } from './trial.ts'

/** Deliveries that were given up, and that somebody wants after all. */
export const deadLetters: Trial = {
  rows: 'C3',
  name: 'dead-letters',
  summary: '10,000 deliveries that were given up, listed page by page and replayed at once',
  async *run({ short }) {
    const count = short ? 200 : 10_000
    const { listed, replayed, stats, arrivals, replayMs } = await replayDead(count)
    yield counted(`of ${count} dead letters, those that the list left out`, count - new Set(listed).size, 0)
    yield counted('those that it showed twice', listed.length - new Set(listed).size, 0)
    yield counted('those that the replay left out', count - replayed + stats.dead + stats.pending, 0)
    const times = [...arrivals.values()]
    yield counted(
      'those that did not arrive a second time, and once only',
      count - times.filter((it) => it === 2).length,
      0,
    )
    yield below('the whole replay', replayMs / 1_000, 120, 's')
  },
}
