import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, Outbox, type Tx } from '@waqtor/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeTransport, type MailKernel, mailKernel } from '../testing/index.ts'
import { counters, fill, lane, queue, recipients } from '../testing/lanes.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-decisions-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const count = (test: MailKernel) => test.service(Outbox).count('default', queue.id)
const reach = (test: MailKernel, states: Awaited<ReturnType<typeof count>>) =>
  vi.waitFor(async () => expect(await count(test)).toEqual(states))
async function write<T>(test: MailKernel, fn: (tx: Tx, outbox: Outbox) => Promise<T>): Promise<T> {
  const file = await test.service(Database).open('default')
  return file.write((tx) => fn(tx, test.service(Outbox)))
}

/** Three rows whose fate nobody can establish. */
async function threeHeld(test: MailKernel) {
  const campaign = lane()
  test.service(Outbox).lane(campaign)
  await fill(test, 3)
  const network = new FakeTransport()
  network.history = 'unreadable'
  network.behaviour = () => (network.begun <= 3 ? { do: 'swallow' } : undefined)
  test.account.connect(network)
  await vi.waitFor(() => expect(network.begun).toBe(3))
  test.account.disconnect()
  test.account.connect(network)
  await reach(test, { held: 3 })
  return { campaign, network }
}

describe('held rows', () => {
  it('go where a person says: all of them, or those that were named', async () => {
    await using test = await mailKernel({ directory, config: { patienceMs: 1 } })
    const { campaign, network } = await threeHeld(test)
    const [one, two] = await test.service(Outbox).entries('default', queue.id, { after: 0, limit: 10 })
    expect(await write(test, (tx, outbox) => outbox.resolveHeld(tx, queue.id, 'skip', [one!.id]))).toBe(1)
    expect(await write(test, (tx, outbox) => outbox.resolveHeld(tx, queue.id, 'sent', [two!.id, 999]))).toBe(1)
    expect(await count(test)).toEqual({ skipped: 1, sent: 1, held: 1 })
    expect(await write(test, (tx, outbox) => outbox.resolveHeld(tx, queue.id, 'resend'))).toBe(1)
    await reach(test, { skipped: 1, sent: 2 })
    expect(network.accepted).toHaveLength(1)
    expect(counters(campaign.shifts, 3)).toEqual({ skipped: 1, sent: 2 })
  })

  it.each([
    ['skip', { skipped: 3 }],
    ['resend', { sent: 3 }],
  ] as const)('do not come to be in a queue that wants to %s what is not known', async (onUnknown, end) => {
    await using test = await mailKernel({ directory, config: { patienceMs: 1 } })
    test.service(Outbox).lane(lane())
    await write(test, async (tx, outbox) => {
      await outbox.setQueue(tx, { ...queue, onUnknown })
      await outbox.add(tx, queue.id, recipients(3))
    })
    const network = new FakeTransport()
    network.history = 'unreadable'
    network.behaviour = () => (network.begun <= 3 ? { do: 'swallow' } : undefined)
    test.account.connect(network)
    await vi.waitFor(() => expect(network.begun).toBe(3))
    test.account.disconnect()
    test.account.connect(network)
    await reach(test, end)
  })
})

describe('failed rows', () => {
  it('are tried again under a new id, but for numbers that do not exist', async () => {
    await using test = await mailKernel({ directory })
    const campaign = lane()
    test.service(Outbox).lane(campaign)
    await fill(test, 3, 1)
    const network = new FakeTransport()
    const ids: unknown[] = []
    network.behaviour = ({ messageId }) => {
      ids.push(messageId)
      if (network.begun === 1) return { do: 'reject', failure: 'refused' }
      return network.begun === 2 ? { do: 'reject', failure: 'invalid-number' } : undefined
    }
    test.account.connect(network)
    await reach(test, { failed: 2, sent: 1 })
    expect(await write(test, (tx, outbox) => outbox.retryFailed(tx, queue.id))).toBe(1)
    await reach(test, { failed: 1, sent: 2 })
    expect(ids[3]).not.toBe(ids[0])
    expect(counters(campaign.shifts, 3)).toEqual({ failed: 1, sent: 2 })
  })
})

describe('a queue of many', () => {
  const many = 12_000
  it('is cancelled bit by bit, each row counted once, also when the process ends in between', async () => {
    const campaign = lane()
    {
      await using test = await mailKernel({ directory })
      test.service(Outbox).lane(campaign)
      await fill(test, many)
      await write(test, async (tx, outbox) => {
        await outbox.openQueue(tx, queue.id, false)
        await outbox.cancel(tx, queue.id)
      })
    }
    await using test = await mailKernel({ directory })
    test.service(Outbox).lane(campaign)
    await reach(test, { cancelled: many })
    await vi.waitFor(() => expect(counters(campaign.shifts, many)).toEqual({ cancelled: many }))
  })

  it('is dropped bit by bit, with what waited for its moment', async () => {
    await using test = await mailKernel({ directory })
    test.service(Outbox).lane(lane())
    await fill(test, many)
    const file = await test.service(Database).open('default')
    await file.write((tx) => tx.run('UPDATE outbox SET due_at = 9e15 WHERE id % 2'))
    await write(test, async (tx, outbox) => {
      await outbox.openQueue(tx, queue.id, false)
      await outbox.drop(tx, queue.id)
    })
    await reach(test, {})
    await vi.waitFor(async () =>
      expect(await file.get("SELECT 1 FROM outbox_queues WHERE id = 'cmp_1'")).toBeUndefined(),
    )
  })
})

describe('rows that are being made ready', () => {
  it('are shown as claimed, and are queued on the disk', async () => {
    await using test = await mailKernel({ directory })
    const { promise, resolve } = Promise.withResolvers<{ body: string }>()
    test.service(Outbox).lane(lane({ render: () => promise }))
    await fill(test, 10, 2)
    test.account.connect(new FakeTransport())
    const shown = async (state?: 'claimed') =>
      (await test.service(Outbox).entries('default', queue.id, { after: 0, limit: 20, ...(state && { state }) })).map(
        (it) => it.state,
      )
    const claimed = Array.from({ length: 8 }, () => 'claimed')
    await vi.waitFor(async () => expect(await shown()).toEqual([...claimed, 'queued', 'queued']))
    expect(await shown('claimed')).toEqual(claimed)
    expect(await count(test)).toEqual({ queued: 10 })
    resolve({ body: 'x' })
    await reach(test, { sent: 10 })
  })
})

describe('the rows that messages prove', () => {
  it('are found by the message, and by the chat', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    outbox.lane(lane())
    await fill(test, 2)
    const network = new FakeTransport()
    test.account.connect(network)
    await reach(test, { sent: 2 })
    const file = await test.service(Database).open('default')
    const { messageId, message } = network.accepted[0]!
    const entry = { chatId: message.chatId, messageId, state: 'sent', body: message.body, queue: queue.id }
    expect((await outbox.byMessageId(file, [messageId, 'unknown'])).get(messageId)).toMatchObject(entry)
    const latest = await outbox.latestTo(file, 'campaign', [message.chatId, '1@c.us'])
    expect([...latest.keys()]).toEqual([message.chatId])
    expect(latest.get(message.chatId)).toMatchObject(entry)
    expect(await outbox.latestTo(file, 'api', [message.chatId])).toEqual(new Map())
  })
})
