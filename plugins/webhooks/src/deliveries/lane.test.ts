import type { DatabaseFile } from '@waqtor/contracts'
import { recordingLogger } from '@waqtor/kernel/testing'
import { describe, expect, it } from 'vitest'
import { until } from '../fixtures/observing.ts'
import type { WebhookRecord } from '../record.ts'
import { Lane } from './lane.ts'
import type { Recorder } from './recorder.ts'
import type { Sender } from './sender.ts'

/** A lane over a table with one delivery in it, whose disk fails as often as told. */
function laneOn(failures: { reads: number; writes: number }) {
  const log = recordingLogger()
  const attempts: string[] = []
  let pending = true
  const file = {
    async all(_sql: string, params: readonly unknown[]) {
      if (failures.reads-- > 0) throw new Error('the disk cannot be read')
      const without = JSON.parse(String(params[2])) as number[]
      return pending && !without.includes(1) ? [{ id: 1, eventId: 'evt_1', body: '{}', tries: 0, attempts: 0 }] : []
    },
    get: async () => undefined,
  } as unknown as DatabaseFile
  const sender = {
    async attempt(_webhook: WebhookRecord, eventId: string) {
      attempts.push(eventId)
      return { at: 0, durationMs: 0, statusCode: 200, problem: null }
    },
  } as unknown as Sender
  const recorder = {
    async record() {
      if (failures.writes-- > 0) throw new Error('the disk is full')
      pending = false
    },
  } as unknown as Recorder
  const webhook = () => ({ enabled: true, concurrency: 5 }) as WebhookRecord
  // Nobody waits in this test.
  const clock = { now: () => 0, wait: async () => {} }
  const lane = new Lane('whk_1', { file, sender, recorder, webhook, clock, log })
  return { lane, attempts, lines: log.lines, isDone: () => !pending }
}

describe('a lane', () => {
  it('makes a delivery again, under the same id, when its outcome could not be stored', async () => {
    const { lane, attempts, lines, isDone } = laneOn({ reads: 0, writes: 2 })
    await until(isDone)
    await lane.stop(AbortSignal.abort())
    expect(attempts).toEqual(['evt_1', 'evt_1', 'evt_1'])
    expect(lines.map((it) => it.level)).toEqual(['warn', 'warn'])
  })

  it('goes on when what is due could not be read', async () => {
    const { lane, attempts, lines, isDone } = laneOn({ reads: 2, writes: 0 })
    await until(isDone)
    await lane.stop(AbortSignal.abort())
    expect(attempts).toEqual(['evt_1'])
    expect(lines).toMatchObject([{ data: { problem: 'the disk cannot be read' } }, {}])
  })
})
