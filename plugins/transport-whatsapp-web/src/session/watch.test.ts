import { describe, expect, it } from 'vitest'
import type { PageHealth } from '../page/health.ts'
import { judgeHealth, unwatched, type WatchState } from './watch.ts'

const limits = { pollMs: 1, watchMs: 1, kickMs: 100, offlineMs: 1_000, lookMs: 1 }
const well: PageHealth = { state: 'CONNECTED', hasSynced: true, isHeard: true, isInjected: true, isLinked: true }

/** Looks at a page at several times. */
function looks(isReady: boolean, ...seen: readonly (readonly [now: number, health: Partial<PageHealth>])[]) {
  let state: WatchState = unwatched
  return seen.map(([now, health]) => {
    const [next, advice] = judgeHealth(state, { ...well, ...health }, { now, isReady, limits })
    state = next
    return advice
  })
}

describe('one look at the page', () => {
  it('is content with one that is well', () => {
    expect(looks(true, [0, {}], [5_000, {}]).at(-1)).toEqual({ isLinked: true, kick: false, prepare: false })
  })

  it('has a page that has synced unheard say so, and again after a while', () => {
    const advice = looks(false, [0, {}], [99, {}], [100, {}], [150, {}], [200, {}])
    expect(advice.map((it) => it.kick)).toEqual([false, false, true, false, true])
  })

  it('does so as well after a reload of a ready one', () => {
    const reloaded = { isInjected: false }
    expect(looks(true, [0, reloaded], [100, reloaded]).map((it) => it.kick)).toEqual([false, true])
  })

  it('has a page that nobody listens to prepared', () => {
    const missed = { isHeard: false, isInjected: false, hasSynced: false }
    expect(looks(false, [0, missed], [100, missed]).map((it) => it.prepare)).toEqual([false, true])
    expect(looks(false, [0, { ...missed, state: null }], [100, { ...missed, state: null }]).at(-1)?.prepare).toBe(false)
  })

  it('lets a ready page be offline for a time', () => {
    const advice = looks(true, [0, { state: 'TIMEOUT' }], [999, { state: 'OPENING' }], [1_000, { state: 'TIMEOUT' }])
    expect(advice.map((it) => it.ending?.reason.slice(0, 11))).toEqual([undefined, undefined, 'no line to '])
    const recovered = looks(true, [0, { state: 'TIMEOUT' }], [900, {}], [1_500, { state: 'TIMEOUT' }])
    expect(recovered.at(-1)?.ending).toBeUndefined()
  })

  it('sees that a ready one was logged out, and waits for one that is not linked yet', () => {
    const unpaired = { state: 'UNPAIRED', isLinked: false, hasSynced: false }
    expect(looks(true, [0, unpaired])[0]?.ending).toMatchObject({ loggedOut: true })
    expect(looks(false, [0, unpaired])[0]).toEqual({ isLinked: false, kick: false, prepare: false })
  })

  it('does not take the first state of a page that loads for an end', () => {
    expect(looks(true, [0, { state: 'UNLAUNCHED' }])[0]?.ending).toBeUndefined()
  })
})
