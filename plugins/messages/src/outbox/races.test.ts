import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, Outbox, TransportError } from '@waqtor/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeTransport, type MailKernel, mailKernel } from '../testing/index.ts'
import { counters, fill, lane, queue, recipients } from '../testing/lanes.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-races-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const count = (test: MailKernel, id = queue.id) => test.service(Outbox).count('default', id)
const reach = (test: MailKernel, states: Awaited<ReturnType<typeof count>>, id = queue.id) =>
  vi.waitFor(async () => expect(await count(test, id)).toEqual(states))
async function open(test: MailKernel, is: boolean, id = queue.id): Promise<void> {
  const file = await test.service(Database).open('default')
  await file.write((tx) => test.service(Outbox).openQueue(tx, id, is))
}

describe('a queue that is closed and opened again while rows of it are ready', () => {
  it('sends each of them once', async () => {
    await using test = await mailKernel({ directory })
    let rendered = 0
    test.service(Outbox).lane(
      lane({
        render: (_, { payload }) => {
          rendered++
          return { body: payload }
        },
      }),
    )
    await fill(test, 3, 2)
    const network = new FakeTransport()
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    network.behaviour = () => (network.begun <= 2 ? { do: 'accept', answered } : undefined)
    test.account.connect(network)
    await vi.waitFor(() => expect(rendered).toBe(3))
    await open(test, false)
    await open(test, true)
    await vi.waitFor(() => expect(rendered).toBe(4))
    answer()
    await reach(test, { sent: 3 })
    expect(network.begun).toBe(3)
  })
})

describe('a row that is added in the very commit in which its queue was found empty', () => {
  it('is sent', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    outbox.lane(lane())
    await fill(test, 1)
    const file = await test.service(Database).open('default')
    const write = file.write.bind(file)
    const late = [{ chatId: '201999999999@c.us', payload: '"late"' }]
    // The dispatcher's claim stands in front of the addition, and both are committed together.
    vi.spyOn(file, 'write').mockImplementationOnce((fn) => {
      const turn = write(fn)
      void write((tx) => outbox.add(tx, queue.id, late))
      return turn
    })
    test.account.connect(new FakeTransport())
    await reach(test, { sent: 2 })
  })
})

describe('rows that are claimed in the very commit in which their queue was closed', () => {
  it('are given back', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    outbox.lane(lane())
    const file = await test.service(Database).open('default')
    await file.write(async (tx) => {
      await outbox.setQueue(tx, { ...queue, open: false })
      await outbox.add(tx, queue.id, recipients(3))
    })
    const network = new FakeTransport()
    test.account.connect(network)
    const write = file.write.bind(file)
    const { promise: turn, resolve: claims } = Promise.withResolvers<unknown>()
    let isOpen = false
    // The closing stands in front of the dispatcher's claim, and both are committed together.
    vi.spyOn(file, 'write').mockImplementation((fn) => {
      if (!isOpen) return write(fn)
      isOpen = false
      void write((tx) => outbox.openQueue(tx, queue.id, false))
      const turn = write(fn)
      claims(turn)
      return turn
    })
    await write(async (tx) => {
      await outbox.openQueue(tx, queue.id, true)
      tx.afterCommit(() => {
        isOpen = true
      })
    })
    await turn
    const shown = await outbox.entries('default', queue.id, { after: 0, limit: 10 })
    expect(shown.map((it) => it.state)).toEqual(['queued', 'queued', 'queued'])
    await open(test, true)
    await reach(test, { sent: 3 })
    expect(network.begun).toBe(3)
  })
})

describe('an answer that comes after its send was given up', () => {
  it('settles the row, and is counted from where the row was', async () => {
    await using test = await mailKernel({ directory })
    const campaign = lane()
    test.service(Outbox).lane(campaign)
    await fill(test, 1)
    const network = new FakeTransport()
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    network.behaviour = () => ({ do: 'accept', answered })
    test.account.connect(network)
    await vi.waitFor(() => expect(network.begun).toBe(1))
    test.account.disconnect()
    await reach(test, { unknown: 1 })
    answer()
    await reach(test, { sent: 1 })
    expect(counters(campaign.shifts, 1)).toEqual({ sent: 1 })
  })
})

describe('a queue that is dropped while a message of it is under way', () => {
  it('leaves no answer behind that a row of another queue could take for its own', async () => {
    await using test = await mailKernel({ directory, config: { patienceMs: 100_000 } })
    const outbox = test.service(Outbox)
    outbox.lane(lane())
    await fill(test, 1)
    const network = new FakeTransport()
    network.history = 'unreadable'
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    network.behaviour = () => (network.begun === 1 ? { do: 'accept', answered } : { do: 'swallow' })
    test.account.connect(network)
    await vi.waitFor(() => expect(network.begun).toBe(1))
    const file = await test.service(Database).open('default')
    await file.write(async (tx) => {
      await outbox.openQueue(tx, queue.id, false)
      await outbox.drop(tx, queue.id)
      await outbox.setQueue(tx, { ...queue, id: 'cmp_2' })
      await outbox.add(tx, 'cmp_2', recipients(2).slice(1))
    })
    await vi.waitFor(() => expect(network.begun).toBe(2))
    answer()
    await vi.waitFor(() => expect(network.accepted).toHaveLength(1))
    await test.account.report({ type: 'ack', messageId: network.accepted[0]!.messageId, ack: 1 })
    test.account.disconnect()
    await reach(test, { unknown: 1 }, 'cmp_2')
  })
})

describe('a look into a chat that does not come to an end', () => {
  it('holds up neither the next connection nor the stop', async () => {
    const test = await mailKernel({ directory })
    test.service(Outbox).lane(lane())
    await fill(test, 1)
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'accept-silently' })
    const look = vi.fn(() => new Promise<never>(() => {}))
    network.findSent = look
    test.account.connect(network)
    await vi.waitFor(() => expect(network.begun).toBe(1))
    test.account.disconnect()
    test.account.connect(network)
    await vi.waitFor(() => expect(look).toHaveBeenCalledTimes(1))
    test.account.disconnect()
    test.account.connect(network)
    await vi.waitFor(() => expect(look).toHaveBeenCalledTimes(2))
    await test[Symbol.asyncDispose]()
  })
})

describe('a log-out on a disk that refuses', () => {
  it('stops the queue all the same, and writes it down when it can', async () => {
    await using test = await mailKernel({ directory })
    test.service(Outbox).lane(lane())
    await fill(test, 30, 1)
    const network = new FakeTransport()
    network.behaviour = () => (network.begun > 5 ? { do: 'swallow' } : undefined)
    test.account.connect(network)
    await vi.waitFor(() => expect(network.begun).toBe(6))
    const file = await test.service(Database).open('default')
    vi.spyOn(file, 'write').mockRejectedValueOnce(new Error('database or disk is full'))
    test.account.disconnect('logged out', true)
    const again = new FakeTransport({}, network.accepted)
    test.account.connect(again)
    await reach(test, { sent: 5, queued: 25 })
    expect(await file.get('SELECT open FROM outbox_queues WHERE id = ?', [queue.id])).toEqual({ open: 0 })
    expect(again.begun).toBe(0)
  })
})

describe('a connection that breaks while a message is made ready', () => {
  it('costs the message nothing: it is sent over the next one', async () => {
    await using test = await mailKernel({ directory })
    test.service(Outbox).lane(lane())
    await fill(test, 5)
    const network = new FakeTransport({ preDrawnIds: false })
    const newest = vi.fn(() => Promise.reject(new TransportError('not-connected', 'the page is gone')))
    network.newestMessageId = newest
    test.account.connect(network)
    await vi.waitFor(() => expect(newest).toHaveBeenCalledTimes(5))
    await reach(test, { queued: 5 })
    test.account.disconnect()
    test.account.connect(new FakeTransport({ preDrawnIds: false }))
    await reach(test, { sent: 5 })
  })
})

describe('a row that is given back while others are being claimed', () => {
  it('is claimed again', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    outbox.lane(lane())
    await fill(test, 1, 2)
    const network = new FakeTransport({ preDrawnIds: false })
    const { promise: looked, reject: breakDown } = Promise.withResolvers<null>()
    const newest = vi.fn(() => (newest.mock.calls.length === 1 ? looked : Promise.resolve(null)))
    network.newestMessageId = newest
    const file = await test.service(Database).open('default')
    test.account.connect(network)
    await vi.waitFor(() => expect(newest).toHaveBeenCalledTimes(1))
    await file.write((tx) => outbox.add(tx, queue.id, recipients(2).slice(1)))
    const write = file.write.bind(file)
    vi.spyOn(file, 'write').mockImplementationOnce((fn) =>
      write(async (tx) => {
        const result = await fn(tx)
        // The first row goes back now: it was passed over by the claim that has just been made.
        breakDown(new TransportError('not-connected', 'the page is gone'))
        await looked.catch(() => {})
        return result
      }),
    )
    await reach(test, { sent: 2 })
  })
})
