import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, Outbox } from '@waqtor/contracts'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { FakeTransport, mailKernel } from '../testing/index.ts'
import { fill, lane, queue } from '../testing/lanes.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-ids-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

it('draws another id where the first is used already, by what arrived or by what is on its way', async () => {
  await using test = await mailKernel({ directory })
  test.service(Outbox).lane(lane())
  await fill(test, 3, 2)
  const network = new FakeTransport()
  const drawn = ['same', 'same', 'same', 'second']
  network.drawMessageId = () => drawn.shift() ?? 'third'
  test.account.connect(network)
  await vi.waitFor(async () => expect(await test.service(Outbox).count('default', queue.id)).toEqual({ sent: 3 }))
  const file = await test.service(Database).open('default')
  const rows = await file.all<{ id: number; outbox_id: number }>(
    'SELECT o.id, m.outbox_id FROM outbox o JOIN messages m ON m.message_id = o.message_id ORDER BY o.id',
  )
  expect(rows.map((it) => it.outbox_id)).toEqual(rows.map((it) => it.id))
  expect(rows).toHaveLength(3)
  expect(network.begun).toBe(3)
})
