import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, Outbox } from '@waqtor/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeTransport, mailKernel } from './testing/index.ts'
import { counters, fill, lane, queue } from './testing/lanes.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-outbox-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('a lane', () => {
  it('is told of every step, so that its counters equal the rows', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    const campaign = lane()
    outbox.lane(campaign)
    await fill(test, 40)
    test.account.connect(new FakeTransport())
    await vi.waitFor(async () => expect(await outbox.count('default', queue.id)).toEqual({ sent: 40 }))
    expect(counters(campaign.shifts, 40)).toEqual({ sent: 40 })
  })

  it('is told once for each recipient that goes alone: recording, starting and claiming are one transaction', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    let transactions = 0
    outbox.lane(
      lane({
        shifted: async () => {
          transactions++
        },
      }),
    )
    await fill(test, 40, 1)
    test.account.connect(new FakeTransport())
    await vi.waitFor(async () => expect(await outbox.count('default', queue.id)).toEqual({ sent: 40 }))
    // The first one is claimed, and the last one recorded, on their own.
    expect(transactions).toBeLessThanOrEqual(40 + 2)
  })

  it('that was away is told what it missed, and that its queue was stopped', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    const first = lane()
    const leave = outbox.lane(first)
    await fill(test, 10)
    const network = new FakeTransport()
    const { promise: answered, resolve } = Promise.withResolvers<void>()
    network.behaviour = () => ({ do: 'accept', answered })
    test.account.connect(network)
    await vi.waitFor(() => expect(network.begun).toBe(10))
    leave()
    resolve()
    await vi.waitFor(async () => expect(await outbox.count('default', queue.id)).toEqual({ sent: 10 }))
    expect(counters(first.shifts, 10)).toEqual({ sending: 10 })
    test.account.disconnect('logged out', true)

    const halted: string[] = []
    const second = lane({
      halted: async (_, id, reason) => {
        halted.push(`${id}: ${reason}`)
      },
    })
    await vi.waitFor(async () => {
      const file = await test.service(Database).open('default')
      expect(await file.get('SELECT halted FROM outbox_queues WHERE id = ?', [queue.id])).toEqual({
        halted: 'logged out',
      })
    })
    outbox.lane(second)
    await vi.waitFor(() => expect(halted).toEqual(['cmp_1: logged out']))
    expect(counters([...first.shifts, ...second.shifts], 10)).toEqual({ sent: 10 })
  })

  it('exists once for each source', async () => {
    await using test = await mailKernel({ directory })
    test.service(Outbox).lane(lane())
    expect(() => test.service(Outbox).lane(lane())).toThrow(/a lane for 'campaign' already/)
  })

  it('whose rendering breaks loses that row only, with the reason', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    outbox.lane(
      lane({
        render: (_, { payload }) => {
          if (payload === '"text 1"') throw new Error('no such picture')
          return { body: payload }
        },
      }),
    )
    await fill(test, 3)
    test.account.connect(new FakeTransport())
    await vi.waitFor(async () => expect(await outbox.count('default', queue.id)).toEqual({ sent: 2, failed: 1 }))
    expect((await outbox.entries('default', queue.id, { after: 0, limit: 10, state: 'failed' }))[0]).toMatchObject({
      reason: 'render',
    })
    expect(test.lines.some((it) => JSON.stringify(it.data).includes('no such picture'))).toBe(true)
  })
})

describe('a disk that refuses', () => {
  it('stops the sending before anything is sent unrecorded, and lets it go on when there is room', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    const campaign = lane()
    let full = false
    outbox.lane({
      ...campaign,
      shifted: async (tx, shifts) => {
        // Stands for SQLITE_FULL inside the transaction: everything of it is undone.
        if (full) throw new Error('database or disk is full')
        await campaign.shifted(tx, shifts)
      },
    })
    await fill(test, 100)
    const network = new FakeTransport()
    network.behaviour = () => {
      if (network.begun === 30) full = true
      return undefined
    }
    test.account.connect(network)
    await vi.waitFor(() => expect(test.lines.some((it) => it.message.includes('cannot write'))).toBe(true))
    const begun = network.begun
    const { sent = 0, sending = 0 } = await outbox.count('default', queue.id)
    expect(sent + sending).toBe(begun)
    full = false
    await vi.waitFor(async () => expect(await outbox.count('default', queue.id)).toEqual({ sent: 100 }))
    expect(network.accepted).toHaveLength(100)
    expect(counters(campaign.shifts, 100)).toEqual({ sent: 100 })
  })
})

describe('two networks that give one id to two messages', () => {
  it('prove one row only; the other one stays in doubt', async () => {
    await using test = await mailKernel({ directory, config: { patienceMs: 1 } })
    const outbox = test.service(Outbox)
    outbox.lane(lane())
    await fill(test, 2)
    const network = new FakeTransport({ preDrawnIds: false })
    network.history = 'unreadable'
    network.send = async () => ({ messageId: 'same', timestamp: 1, ack: 1 })
    test.account.connect(network)
    await vi.waitFor(async () => expect(await outbox.count('default', queue.id)).toEqual({ sent: 1, held: 1 }))
  })
})
