import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { resetStats, SessionStats, sendText } from './contract.ts'
import { Stats, type StatsNow } from './stats.ts'
import { FakeTransport } from './testing/fake-transport.ts'
import { mailKernel } from './testing/mail-kernel.ts'

describe('the live counters', () => {
  it('are told together, and begin anew where they are reset', () => {
    vi.useFakeTimers({ now: 1_000 })
    const told: StatsNow[] = []
    const stats = new Stats((it) => told.push(it))
    stats.add('sent', 2)
    stats.add('failed', 1)
    stats.add('received', 0)
    vi.advanceTimersByTime(1_000)
    expect(told).toEqual([{ sent: 2, failed: 1, received: 0, since: 1_000, timestamp: 2_000 }])
    stats.add('sent', 5)
    vi.advanceTimersByTime(500)
    const begun = { sent: 0, received: 0, failed: 0, since: 2_500, timestamp: 2_500 }
    expect(stats.reset()).toEqual(begun)
    expect(told.at(-1)).toEqual(begun)
    stats.add('sent', 1)
    vi.advanceTimersByTime(1_000)
    expect(told.at(-1)).toMatchObject({ sent: 1, since: 2_500 })
    stats.close()
    vi.useRealTimers()
  })

  it('are reset by whoever may send', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'waqtor-stats-'))
    {
      await using test = await mailKernel({ directory })
      test.account.connect(new FakeTransport())
      await test.run(sendText, { chatId: '201001234567', text: 'Hello' })
      const answer = await test.run(resetStats, {})
      expect(answer).toMatchObject({ sent: 0, received: 0, failed: 0 })
      expect(test.events.filter((it) => it.type === SessionStats.id).at(-1)!.data).toEqual(answer)
      await expect(test.run(resetStats, { instance: 'nowhere' })).rejects.toMatchObject({ status: 404 })
    }
    await rm(directory, { recursive: true, force: true })
  })
})
