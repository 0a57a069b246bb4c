import { breaks as brokenOff } from '@waqtor/plugin-realtime/testing'
import { counted, type Trial } from './trial.ts'

/** A client that loses its connection and comes back. */
export const breaks: Trial = {
  rows: 'E6',
  name: 'breaks',
  summary: '200 breaks at drawn moments while things change, each without the waiting',
  async *run({ short, seed }) {
    const rounds = short ? 10 : 200
    const { seen, written, stale } = await brokenOff({ rounds, seed })
    const inOrder = Array.from({ length: written }, (_, i) => i + 1)
    yield counted(`states after ${rounds} breaks that were not the present one`, stale, 0)
    yield counted(`of ${written} events, those that did not come once and in their turn`, wrongPlaces(seen, inOrder), 0)
  },
}

function wrongPlaces(seen: readonly number[], expected: readonly number[]): number {
  const most = Math.max(seen.length, expected.length)
  return Array.from({ length: most }, (_, i) => seen[i] !== expected[i]).filter(Boolean).length
}
