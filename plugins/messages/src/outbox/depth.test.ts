import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, Outbox, type Tx } from '@waqtor/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { messageStats, sendText } from '../contract.ts'
import { messageMetrics } from '../metrics.ts'
import { FakeTransport, type MailKernel, mailKernel } from '../testing/index.ts'
import { fill, lane, queue, recipients } from '../testing/lanes.ts'
import { depthStates } from './depth.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-depth-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const depth = async (test: MailKernel) => (await test.run(messageStats, {})).outbox

/** What the table has, counted anew. */
async function counted(test: MailKernel) {
  const file = await test.service(Database).open('default')
  const rows = await file.all<{ state: string; n: number }>('SELECT state, count(*) AS n FROM outbox GROUP BY state')
  const all = new Map(rows.map((row) => [row.state, row.n]))
  return Object.fromEntries(depthStates.map((state) => [state, all.get(state) ?? 0]))
}

async function write<T>(test: MailKernel, fn: (tx: Tx, outbox: Outbox) => Promise<T>): Promise<T> {
  const file = await test.service(Database).open('default')
  return file.write((tx) => fn(tx, test.service(Outbox)))
}

/** Waits until the counters show this, and the table with them. */
const reach = (test: MailKernel, states: Partial<Record<(typeof depthStates)[number], number>>) =>
  vi.waitFor(async () => {
    const none = Object.fromEntries(depthStates.map((state) => [state, 0]))
    expect(await depth(test)).toEqual({ ...none, ...states })
    expect(await counted(test)).toEqual({ ...none, ...states })
  })

describe('the depth of the outbox', () => {
  it('is kept with every way in which rows come, move and go', async () => {
    await using test = await mailKernel({ directory, config: { patienceMs: 1 } })
    test.service(Outbox).lane(lane())
    await reach(test, {})
    await fill(test, 6, 4)
    await reach(test, { queued: 6 })

    const network = new FakeTransport()
    network.history = 'unreadable'
    network.behaviour = () => (network.begun <= 4 ? { do: 'swallow' } : undefined)
    test.account.connect(network)
    await reach(test, { queued: 2, sending: 4 })
    test.account.disconnect()
    await reach(test, { queued: 2, unknown: 4 })
    test.account.connect(network)
    await reach(test, { held: 4 })

    const ids = await test.service(Outbox).entries('default', queue.id, { after: 0, limit: 10, state: 'held' })
    await write(test, (tx, outbox) => outbox.resolveHeld(tx, queue.id, 'skip', [ids[0]!.id]))
    await reach(test, { held: 3 })
    test.account.disconnect()
    await write(test, (tx, outbox) => outbox.add(tx, queue.id, recipients(9)))
    await reach(test, { held: 3, queued: 3 })
    await write(test, async (tx, outbox) => {
      await outbox.openQueue(tx, queue.id, false)
      await outbox.cancel(tx, queue.id)
    })
    await reach(test, { held: 3 })
    await write(test, (tx, outbox) => outbox.drop(tx, queue.id))
    await reach(test, {})
  })

  it('is found out when it is asked for, also of what was there before', async () => {
    {
      await using test = await mailKernel({ directory })
      await fill(test, 5)
    }
    await using test = await mailKernel({ directory })
    expect(await depth(test)).toMatchObject({ queued: 5, sending: 0 })
    await write(test, (tx, outbox) => outbox.drop(tx, queue.id))
    await reach(test, {})
  })

  it('counts direct sends as well, and the numbers tell what became of them', async () => {
    await using test = await mailKernel({ directory })
    await reach(test, {})
    const network = new FakeTransport()
    network.behaviour = () => (network.begun === 1 ? { do: 'swallow' } : undefined)
    test.account.connect(network)
    const sending = test.run(sendText, { chatId: '201001234567', text: 'one' }).catch(() => undefined)
    await reach(test, { sending: 1 })
    test.account.disconnect()
    // Who asked waits for half a minute for a connection; there is one again.
    test.account.connect(network)
    await sending
    await test.run(sendText, { chatId: '201001234568', text: 'two' })
    await vi.waitFor(async () => expect((await test.run(messageStats, {})).sent).toBeGreaterThanOrEqual(1))
    expect(await depth(test)).toEqual(await counted(test))
  })

  it('becomes metrics', async () => {
    await using test = await mailKernel({ directory })
    await fill(test, 2)
    const output = (await test.run(messageStats, {})) as never
    const samples = Object.fromEntries(messageMetrics.series.map((it) => [it.name, it.read(output)]))
    expect(samples).toMatchObject({
      waqtor_messages_sent_total: [{ value: 0 }],
      waqtor_messages_received_total: [{ value: 0 }],
      waqtor_messages_failed_total: [{ value: 0 }],
    })
    expect(samples.waqtor_outbox_rows).toContainEqual({ value: 2, labels: { state: 'queued' } })
    expect(samples.waqtor_outbox_rows).toHaveLength(depthStates.length)
  })
})
