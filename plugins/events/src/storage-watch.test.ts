import { fail } from '@waqtor/contracts'
import { recordingLogger } from '@waqtor/kernel/testing'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Failed, type Recovered, StorageWatch } from './storage-watch.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A watch whose own log takes nothing while `full` is set. */
function watching() {
  const told: (Failed | Recovered)[] = []
  const world = { full: false, files: ['host', 'shop', 'depot'], told }
  const record = async (it: Failed | Recovered) => {
    if (world.full) throw fail('WAQ_STORAGE_FULL', 'the disk is full')
    told.push(it)
  }
  const watch = new StorageWatch({
    patienceMs: 10_000,
    states: () => world.files.map((name) => ({ name })),
    failed: record,
    recovered: record,
    log: recordingLogger(),
  })
  const becomes = async (name: string, state: 'open' | 'full' | 'failed' | 'corrupt') => {
    watch.changed({ name, state, since: Date.now() })
    await vi.advanceTimersByTimeAsync(0)
  }
  return { world, told, watch, becomes }
}

it('tells of a trouble that lasts, once, and of its end', async () => {
  const { told, becomes } = watching()
  await becomes('shop', 'full')
  await vi.advanceTimersByTimeAsync(9_999)
  expect(told).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(told).toEqual([{ name: 'shop', state: 'full', since: 1_000 }])
  await becomes('shop', 'failed')
  await becomes('shop', 'full')
  await vi.advanceTimersByTimeAsync(60_000)
  await becomes('shop', 'open')
  expect(told.slice(1)).toEqual([{ name: 'shop', state: 'full', since: 1_000, until: 71_000 }])
  await becomes('shop', 'open')
  expect(told).toHaveLength(2)
})

it('says nothing of one that is over in a moment, however often it comes', async () => {
  const { told, becomes } = watching()
  for (let i = 0; i < 10; i++) {
    await becomes('shop', 'full')
    await vi.advanceTimersByTimeAsync(5_000)
    await becomes('shop', 'open')
    await vi.advanceTimersByTimeAsync(5_000)
  }
  expect(told).toEqual([])
})

it('tells afterwards what could not be written at the time, as soon as any file can be written again', async () => {
  const { world, told, becomes } = watching()
  world.full = true
  await becomes('host', 'full')
  await becomes('shop', 'full')
  await vi.advanceTimersByTimeAsync(20_000)
  await becomes('shop', 'open')
  expect(told).toEqual([])
  world.full = false
  await becomes('depot', 'open')
  expect(told).toEqual([
    { name: 'host', state: 'full', since: 1_000 },
    { name: 'shop', state: 'full', since: 1_000, until: 21_000 },
  ])
  await becomes('host', 'open')
  expect(told).toHaveLength(3)
  expect(told[2]).toMatchObject({ name: 'host', until: 21_000 })
})

it('tells the end of a trouble that came back before its end could be told', async () => {
  const { world, told, becomes } = watching()
  await becomes('shop', 'full')
  await vi.advanceTimersByTimeAsync(10_000)
  world.full = true
  await becomes('shop', 'open')
  await becomes('shop', 'full')
  await vi.advanceTimersByTimeAsync(5_000)
  await becomes('shop', 'open')
  world.full = false
  await becomes('host', 'open')
  expect(told).toEqual([
    { name: 'shop', state: 'full', since: 1_000 },
    { name: 'shop', state: 'full', since: 1_000, until: 16_000 },
  ])
})

it('tells once more when a file turns out to be damaged, which does not pass by itself', async () => {
  const { told, becomes } = watching()
  await becomes('shop', 'failed')
  await vi.advanceTimersByTimeAsync(10_000)
  await becomes('shop', 'corrupt')
  await becomes('shop', 'failed')
  await becomes('shop', 'corrupt')
  expect(told.map((it) => it.state)).toEqual(['failed', 'corrupt'])
})

it('forgets a file that was removed, and is silent once it is closed', async () => {
  const { world, told, watch, becomes } = watching()
  await becomes('shop', 'full')
  world.files = ['host']
  await vi.advanceTimersByTimeAsync(10_000)
  await becomes('host', 'full')
  watch.close()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(told).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
