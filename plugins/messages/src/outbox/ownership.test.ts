import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, Outbox } from '@waqtor/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeTransport, type MailKernel, mailKernel } from '../testing/index.ts'
import { fill, lane, queue, recipients } from '../testing/lanes.ts'
import { EpochWitness } from './ownership.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-ownership-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const count = (test: MailKernel) => test.service(Outbox).count('default', queue.id)
const reach = (test: MailKernel, states: Awaited<ReturnType<typeof count>>) =>
  vi.waitFor(async () => expect(await count(test)).toEqual(states))
const databaseFile = (under: string) => join(under, 'instances/default/waqtor.db')
async function open(test: MailKernel): Promise<void> {
  const file = await test.service(Database).open('default')
  await file.write((tx) => test.service(Outbox).openQueue(tx, queue.id, true))
}

describe('another process that takes the file over', () => {
  it('leaves nothing for the first one to write or to send', async () => {
    await using first = await mailKernel({ directory })
    first.service(Outbox).lane(lane())
    await fill(first, 30, 1)
    const network = new FakeTransport()
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    network.behaviour = () => (network.begun === 3 ? { do: 'accept', answered } : undefined)
    first.account.connect(network)
    await vi.waitFor(() => expect(network.begun).toBe(3))

    // Two processes on one directory are kept apart by a lock; here it has failed.
    await using second = await mailKernel({ directory })
    second.service(Outbox).lane(lane())
    answer()
    await vi.waitFor(() =>
      expect(first.lines.some((it) => JSON.stringify(it.data).includes('another process'))).toBe(true),
    )
    expect(await count(second)).toEqual({ sent: 2, unknown: 1, queued: 27 })
    second.account.connect(new FakeTransport({}, network.accepted))
    await reach(second, { sent: 30 })
    expect(new Set(network.accepted.map((it) => it.message.chatId)).size).toBe(30)
    expect(network.accepted).toHaveLength(30)
    expect(network.begun).toBe(3)
  })
})

describe('a process whose file was taken over', () => {
  it('can change nothing of the queues any more: whoever asks it is told', async () => {
    await using first = await mailKernel({ directory })
    first.service(Outbox).lane(lane())
    await fill(first, 3)
    await using second = await mailKernel({ directory })
    second.service(Outbox).lane(lane())
    const file = await first.service(Database).open('default')
    const outbox = first.service(Outbox)
    const answers = await Promise.allSettled([
      file.write((tx) => outbox.openQueue(tx, queue.id, false)),
      file.write((tx) => outbox.setQueue(tx, { ...queue, inFlight: 1 })),
      file.write((tx) => outbox.add(tx, queue.id, recipients(5))),
      file.write((tx) => outbox.cancel(tx, queue.id)),
      file.write((tx) => outbox.drop(tx, queue.id)),
    ])
    for (const it of answers) expect(it).toMatchObject({ status: 'rejected', reason: { code: 'WAQ_CONFLICT' } })
    second.account.connect(new FakeTransport())
    await reach(second, { sent: 3 })
  })
})

describe('a database that was restored', () => {
  /** Sends ten of twenty, and answers with a copy of the database from when five were sent. */
  async function restored(): Promise<FakeTransport> {
    const network = new FakeTransport({ preDrawnIds: false })
    const backup = join(directory, 'backup.db')
    {
      await using test = await mailKernel({ directory })
      test.service(Outbox).lane(lane())
      await fill(test, 20, 1)
      const { promise: goOn, resolve } = Promise.withResolvers<void>()
      network.behaviour = () => {
        if (network.begun > 10) return { do: 'reject', failure: 'not-connected' }
        return network.begun === 6 ? { do: 'accept', answered: goOn } : undefined
      }
      test.account.connect(network)
      await reach(test, { sent: 5, sending: 1, queued: 14 })
      const file = await test.service(Database).open('default')
      await vi.waitFor(async () =>
        expect(await file.get('SELECT pairing FROM outbox_owner')).toEqual({ pairing: 'pairing-1' }),
      )
      await test.service(Database).backup('default', backup)
      resolve()
      await vi.waitFor(() => expect(network.accepted).toHaveLength(10))
      await reach(test, { sent: 10, queued: 10 })
    }
    for (const tail of ['', '-wal', '-shm']) await rm(`${databaseFile(directory)}${tail}`, { force: true })
    await cp(backup, databaseFile(directory))
    await rm(join(directory, 'instances/default/outbox-epoch'))
    return network
  }

  it('starts with its queues closed, and doubles nothing that was sent since the backup', async () => {
    const before = await restored()
    await using test = await mailKernel({ directory })
    const halted: string[] = []
    test.service(Outbox).lane(
      lane({
        halted: async (_, id, reason) => {
          halted.push(`${id} ${reason}`)
        },
      }),
    )
    await vi.waitFor(() => expect(halted).toEqual([`${queue.id} restored`]))
    const network = new FakeTransport({ preDrawnIds: false }, before.accepted)
    test.account.connect(network)
    await reach(test, { sent: 6, queued: 14 })
    expect(network.begun).toBe(0)
    await open(test)
    await reach(test, { sent: 20 })
    expect(network.begun).toBe(10)
    expect(new Set(network.accepted.map((it) => it.message.chatId)).size).toBe(20)
  })

  it('looks for what was sent since the backup before a gate may skip it: an opt-out came after that, or before', async () => {
    const before = await restored()
    await using test = await mailKernel({ directory })
    test.service(Outbox).lane(lane())
    test.service(Outbox).gate({
      name: 'tester',
      check: async (_, rows) => new Map(rows.map((it) => [it.id, { skip: 'opted-out' }])),
    })
    const network = new FakeTransport({ preDrawnIds: false }, before.accepted)
    test.account.connect(network)
    await open(test)
    await reach(test, { sent: 10, skipped: 10 })
    expect(network.begun).toBe(0)
  })

  it('says of what is cancelled before it was looked for that it may have been sent', async () => {
    await restored()
    await using test = await mailKernel({ directory })
    test.service(Outbox).lane(lane())
    const file = await test.service(Database).open('default')
    await file.write((tx) => test.service(Outbox).cancel(tx, queue.id))
    await vi.waitFor(async () => expect(await count(test)).toMatchObject({ sent: 5, cancelled: 14 }))
    const rows = await test.service(Outbox).entries('default', queue.id, { after: 0, limit: 100, state: 'cancelled' })
    expect(new Set(rows.map((it) => it.reason))).toEqual(new Set(['restored']))
  })

  it('holds what it cannot prove to be absent: the account was paired anew since', async () => {
    const before = await restored()
    await using test = await mailKernel({ directory })
    test.service(Outbox).lane(lane())
    const network = new FakeTransport({ preDrawnIds: false }, before.accepted)
    test.account.connect(network, 'pairing-2')
    await open(test)
    await reach(test, { sent: 10, held: 10 })
    expect(network.begun).toBe(0)
  })
})

describe('the witness of the epoch', () => {
  it('tells a restored database from one that goes on, and from one whose start was cut short', async () => {
    const witness = new EpochWitness(join(directory, 'epoch'))
    expect(await witness.tellsOfRestore(0)).toBe(false)
    expect(await witness.tellsOfRestore(4)).toBe(true)
    await witness.write(5)
    expect(await witness.tellsOfRestore(4)).toBe(true)
    expect(await witness.tellsOfRestore(5)).toBe(false)
    expect(await witness.tellsOfRestore(6)).toBe(false)
  })
})
