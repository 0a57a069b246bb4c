import { defineCommand, type Guarded, z } from '@waqtor/kernel'
import { recordingLogger } from '@waqtor/kernel/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuditLog } from './audit-log.ts'
import { Budget } from './budget.ts'
import { mona } from './fixtures/start-audit.ts'
import { Later } from './later.ts'
import { Recorder } from './recorder.ts'
import type { AuditFacts } from './row.ts'
import { adminAreas, Sensitive } from './sensitive.ts'
import { Suppressed } from './suppressed.ts'

const facts: AuditFacts = {
  time: 1,
  callId: 'call_1',
  action: 'keys.create',
  phase: 'done',
  attempt: 1,
  principal: null,
  role: null,
  credential: null,
  via: null,
  address: null,
  instance: null,
  target: '{}',
  code: null,
}

/** A log whose disk does what the test says. */
class Disk {
  readonly rows: AuditFacts[] = []
  full = false
  /** What an append waits for. */
  busy: Promise<void> = Promise.resolve()

  async append(all: readonly AuditFacts[]): Promise<number[]> {
    await this.busy
    if (this.full) throw new Error('the disk is full')
    return all.map((it) => this.rows.push(it))
  }
}

const asLog = (disk: Disk) => disk as unknown as AuditLog

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('rows that nobody waits for', () => {
  it('are tried again until the disk takes them, and are told of once', async () => {
    const disk = new Disk()
    const log = recordingLogger()
    const later = new Later(asLog(disk), log)
    disk.full = true
    const written = vi.fn()
    later.add({ facts, written })
    await later.settle()
    later.add({ facts: { ...facts, attempt: 2 } })
    await vi.advanceTimersByTimeAsync(3_000)
    expect([disk.rows, written.mock.calls]).toEqual([[], []])
    disk.full = false
    await vi.advanceTimersByTimeAsync(1_000)
    expect(disk.rows.map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(written).toHaveBeenCalledOnce()
    expect(log.lines.map(({ message }) => message)).toEqual([
      'the audit log cannot be written; sensitive actions are refused until it can',
    ])
    await later.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('are written at the end, once more if need be, and nothing is tried after it', async () => {
    const disk = new Disk()
    const later = new Later(asLog(disk), recordingLogger())
    disk.full = true
    later.add({ facts })
    await later.settle()
    disk.full = false
    await later.close()
    expect(disk.rows).toEqual([facts])
    later.add({ facts })
    await later.settle()
    expect([disk.rows.length, vi.getTimerCount()]).toEqual([1, 0])
  })

  it('are given up at the end when the disk refuses them still', async () => {
    const disk = new Disk()
    const later = new Later(asLog(disk), recordingLogger())
    disk.full = true
    later.add({ facts })
    await later.settle()
    await later.close()
    expect([disk.rows, vi.getTimerCount()]).toEqual([[], 0])
  })

  it('are let go of, the oldest first, when there are too many of them', async () => {
    const disk = new Disk()
    const log = recordingLogger()
    const later = new Later(asLog(disk), log)
    disk.full = true
    const written = vi.fn()
    later.add({ facts, written })
    await later.settle()
    for (let i = 0; i < 10_001; i++) later.add({ facts: { ...facts, attempt: i } })
    expect(written).toHaveBeenCalledOnce()
    disk.full = false
    await vi.advanceTimersByTimeAsync(1_000)
    expect([disk.rows.length, disk.rows[0]!.attempt]).toEqual([10_000, 1])
    expect(log.lines.filter(({ message }) => message.startsWith('outcomes are lost'))).toHaveLength(1)
  })
})

it('what was only counted is summed up once a minute', async () => {
  const disk = new Disk()
  const later = new Later(asLog(disk), recordingLogger())
  const suppressed = new Suppressed(later)
  for (let i = 0; i < 7; i++) suppressed.count(i)
  await vi.advanceTimersByTimeAsync(59_999)
  expect(disk.rows).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(disk.rows).toMatchObject([{ action: 'audit.suppressed', target: '{"count":7,"since":0}' }])
  suppressed.flush()
  await later.settle()
  expect([disk.rows.length, vi.getTimerCount()]).toEqual([1, 0])
})

describe('an attempt that the disk keeps waiting', () => {
  const subject: Guarded = defineCommand('keys.create', {
    summary: 's',
    permission: 'keys:write',
    scope: 'host',
    input: z.object({}),
    output: z.object({}),
  })
  const call = { id: 'call_1', via: 'rest', principal: mona, signal: new AbortController().signal }

  function recorderOn(disk: Disk) {
    const later = new Later(asLog(disk), recordingLogger())
    const recorder = new Recorder({
      log: asLog(disk),
      later,
      suppressed: new Suppressed(later),
      strangers: new Budget({ burst: 9, perMinute: 9 }, { burst: 9, perMinute: 9 }),
      people: new Budget({ burst: 9, perMinute: 9 }, { burst: 9, perMinute: 9 }),
      sensitive: new Sensitive(adminAreas),
      logger: recordingLogger(),
      now: () => 1,
      listen: () => () => {},
      patienceMs: 4_000,
    })
    return { recorder, later }
  }

  it('is refused before the hook would give it up, and says so when it was written after all', async () => {
    const disk = new Disk()
    const free = Promise.withResolvers<void>()
    disk.busy = free.promise
    const { recorder, later } = recorderOn(disk)
    const refused = recorder.attempt(subject, call as never, null, {})
    await vi.advanceTimersByTimeAsync(4_000)
    expect(await refused).toMatchObject({ status: 503, code: 'audit_unavailable', retryAfter: 5 })
    free.resolve()
    await vi.advanceTimersByTimeAsync(0)
    await later.settle()
    expect(disk.rows).toMatchObject([
      { phase: 'attempt', attempt: null },
      { phase: 'failed', attempt: 1, code: 'WAQ_AUDIT_UNAVAILABLE' },
    ])
    expect(recorder.running.size).toBe(0)
  })

  it('that never was written has no outcome', async () => {
    const disk = new Disk()
    disk.full = true
    const { recorder } = recorderOn(disk)
    expect(await recorder.attempt(subject, call as never, null, {})).toMatchObject({ status: 503 })
    recorder.completed({
      callId: 'call_1',
      command: 'keys.create',
      principal: mona.id,
      role: null,
      address: null,
      via: 'rest',
    })
    await vi.advanceTimersByTimeAsync(0)
    expect(disk.rows).toEqual([])
  })
})
