import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, type GatedRow, type GateVerdict, Outbox, type OutboxGate } from '@waqtor/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeTransport, type MailKernel, mailKernel } from '../testing/index.ts'
import { counters, fill, lane, queue, recipients } from '../testing/lanes.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-gates-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const count = (test: MailKernel) => test.service(Outbox).count('default', queue.id)
const reach = (test: MailKernel, states: Awaited<ReturnType<typeof count>>) =>
  vi.waitFor(async () => expect(await count(test)).toEqual(states))

/** A gate that says the same of a chat each time it is asked. */
function gate(verdictOf: (chatId: string) => GateVerdict | undefined, more: Partial<OutboxGate> = {}): OutboxGate {
  return {
    name: 'tester',
    async check(_, rows) {
      return new Map(
        rows.flatMap((it): [number, GateVerdict][] => {
          const verdict = verdictOf(it.chatId)
          return verdict ? [[it.id, verdict]] : []
        }),
      )
    },
    ...more,
  }
}
const [first, second, third] = recipients(3).map((it) => it.chatId) as [string, string, string]

describe('a gate', () => {
  it('skips a row with its reason, and the lane counts it; the others are sent', async () => {
    await using test = await mailKernel({ directory })
    const campaign = lane()
    test.service(Outbox).lane(campaign)
    test.service(Outbox).gate(gate((it) => (it === second ? { skip: 'opted-out' } : undefined)))
    await fill(test, 3)
    const network = new FakeTransport()
    test.account.connect(network)
    await reach(test, { sent: 2, skipped: 1 })
    expect(network.accepted.map((it) => it.message.chatId)).not.toContain(second)
    expect(counters(campaign.shifts, 3)).toEqual({ sent: 2, skipped: 1 })
    expect(await test.service(Outbox).reasons('default', queue.id)).toEqual([
      { state: 'skipped', reason: 'opted-out', count: 1 },
    ])
  })

  it('is asked again when a row that was let through to be made ready is about to be sent', async () => {
    await using test = await mailKernel({ directory })
    let rendered = false
    test.service(Outbox).lane(
      lane({
        render: async () => {
          rendered = true
          return { body: 'x' }
        },
      }),
    )
    test.service(Outbox).gate(gate(() => (rendered ? { skip: 'changed-its-mind' } : undefined)))
    await fill(test, 1)
    const network = new FakeTransport()
    test.account.connect(network)
    await reach(test, { skipped: 1 })
    expect(network.begun).toBe(0)
  })

  it('stops a row at the very call, after it has become sending', async () => {
    await using test = await mailKernel({ directory })
    const campaign = lane()
    test.service(Outbox).lane(campaign)
    test
      .service(Outbox)
      .gate(gate(() => undefined, { stops: (_, it) => (it.chatId === third ? 'opted-out' : undefined) }))
    await fill(test, 3)
    const network = new FakeTransport()
    test.account.connect(network)
    await reach(test, { sent: 2, skipped: 1 })
    expect(network.begun).toBe(2)
    expect(campaign.shifts).toContainEqual(
      expect.objectContaining({ from: 'sending', to: 'skipped', reason: 'opted-out' }),
    )
  })

  it('lets a row wait for its moment while others go on, also over a restart', async () => {
    const moment = Date.now() + 3_600_000
    {
      await using test = await mailKernel({ directory })
      test.service(Outbox).lane(lane())
      test.service(Outbox).gate(gate((it) => (it === first ? { notBefore: moment } : undefined)))
      await fill(test, 3, 1)
      test.account.connect(new FakeTransport())
      await reach(test, { sent: 2, queued: 1 })
    }
    await using test = await mailKernel({ directory })
    test.service(Outbox).lane(lane())
    const network = new FakeTransport()
    test.account.connect(network)
    const file = await test.service(Database).open('default')
    await vi.waitFor(async () =>
      expect(await file.get("SELECT due_at FROM outbox WHERE state = 'queued'")).toEqual({ due_at: moment }),
    )
    expect(network.begun).toBe(0)
  })

  it('lets a row go when its moment has come', async () => {
    await using test = await mailKernel({ directory })
    test.service(Outbox).lane(lane())
    const moment = Date.now() + 50
    test.service(Outbox).gate(gate(() => (Date.now() < moment ? { notBefore: moment } : undefined)))
    await fill(test, 3, 1)
    const network = new FakeTransport()
    test.account.connect(network)
    await reach(test, { sent: 3 })
    expect(network.accepted.every((it) => it.timestamp >= moment)).toBe(true)
  })

  it('lets a whole queue wait, and is told exactly what passes', async () => {
    await using test = await mailKernel({ directory })
    const passed: GatedRow[] = []
    const until = Date.now() + 50
    test.service(Outbox).lane(lane())
    test.service(Outbox).gate(
      gate(() => (passed.length > 0 && Date.now() < until ? { restUntil: until } : undefined), {
        passed: async (_, rows) => {
          passed.push(...rows)
        },
      }),
    )
    await fill(test, 3, 1)
    const network = new FakeTransport()
    test.account.connect(network)
    await reach(test, { sent: 3 })
    expect(passed.map((it) => it.chatId)).toEqual([first, second, third])
    expect(network.accepted.slice(1).every((it) => it.timestamp >= until)).toBe(true)
  })

  it('that is broken lets nothing pass, loses no outcome, and lets all pass when it is mended', async () => {
    await using test = await mailKernel({ directory })
    let broken = false
    test.service(Outbox).lane(lane())
    test.service(Outbox).gate(
      gate(() => {
        if (broken) throw new Error('no such table')
        return undefined
      }),
    )
    await fill(test, 3, 1)
    const network = new FakeTransport()
    network.behaviour = () => {
      broken = network.begun === 1
      return undefined
    }
    test.account.connect(network)
    await vi.waitFor(() => expect(test.lines.some((it) => it.message.includes('a gate is broken'))).toBe(true))
    await reach(test, { sent: 1, queued: 2 })
    broken = false
    await reach(test, { sent: 3 })
    expect(network.begun).toBe(3)
  })

  it('that is away lets nothing pass until it is back', async () => {
    await using test = await mailKernel({ directory })
    test.service(Outbox).lane(lane())
    const passes = gate(() => undefined)
    const leave = test.service(Outbox).gate(passes)
    leave()
    await fill(test, 2)
    const network = new FakeTransport()
    test.account.connect(network)
    const file = await test.service(Database).open('default')
    // What is asked meanwhile is answered after a turn in which the rows were looked at.
    await file.write((tx) => tx.run('UPDATE outbox_queues SET gap_ms = gap_ms'))
    expect(network.begun).toBe(0)
    test.service(Outbox).gate(passes)
    await reach(test, { sent: 2 })
  })
})

describe('a gate that goes between the commit and the call', () => {
  it('has nothing sent past it: the rows wait until it is back', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    outbox.lane(lane())
    let leave = () => {}
    let asked = 0
    const goes = gate(() => undefined, {
      passed: async () => {
        asked++
        leave()
      },
    })
    leave = outbox.gate(goes)
    await fill(test, 2)
    const network = new FakeTransport()
    test.account.connect(network)
    await vi.waitFor(() => expect(asked).toBe(1))
    await reach(test, { queued: 2 })
    expect(network.begun).toBe(0)
    outbox.gate(gate(() => undefined))
    await reach(test, { sent: 2 })
    expect(network.begun).toBe(2)
  })
})

describe('a queue that checks numbers', () => {
  it('asks once for each, skips who is not there, and asks no more while it knows', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    outbox.lane(lane())
    const network = new FakeTransport()
    const asked = vi.fn(async (chatId: string) => (chatId === second ? null : chatId))
    network.resolveNumber = asked
    test.account.connect(network)
    const file = await test.service(Database).open('default')
    for (const id of ['cmp_1', 'cmp_2']) {
      await file.write(async (tx) => {
        await outbox.setQueue(tx, { ...queue, id, checkNumbers: true })
        await outbox.add(tx, id, recipients(3))
      })
      await vi.waitFor(async () => expect(await outbox.count('default', id)).toEqual({ sent: 2, skipped: 1 }))
      expect(await outbox.reasons('default', id)).toEqual([{ state: 'skipped', reason: 'not-on-whatsapp', count: 1 }])
    }
    expect(asked).toHaveBeenCalledTimes(3)
  })
})
