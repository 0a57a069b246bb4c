import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, type DatabaseFile, Outbox, type OutboxState } from '@waqtor/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mailKernel } from '../testing/index.ts'
import { queue, recipients } from '../testing/lanes.ts'
import { entries } from './listing.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-listing-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const page = { after: 0, limit: 3 }

describe('the rows of a queue', () => {
  it('stand in the order in which they were added, whatever part they belong to', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    const file = await test.service(Database).open('default')
    const given = recipients(6).map((it, i) => ({ ...it, part: i % 2 }))
    const added = await file.write(async (tx) => {
      await outbox.setQueue(tx, { ...queue, open: false })
      return outbox.add(tx, queue.id, [...given, given[0]!])
    })
    expect(added).toEqual(
      new Map([
        [0, 3],
        [1, 3],
      ]),
    )
    const rows = await entries(file, queue.id, { after: 0, limit: 10 })
    expect(rows.map((it) => it.chatId)).toEqual(given.map((it) => it.chatId))
    expect(rows.map((it) => it.part)).toEqual([0, 1, 0, 1, 0, 1])
  })

  it('are paged by state in their order, those that wait for a moment among the others', async () => {
    await using test = await mailKernel({ directory })
    const outbox = test.service(Outbox)
    const file = await test.service(Database).open('default')
    await file.write(async (tx) => {
      await outbox.setQueue(tx, { ...queue, open: false })
      await outbox.add(tx, queue.id, recipients(8))
      await tx.run('UPDATE outbox SET due_at = 9e15 WHERE id % 2 = 0')
      await tx.run("UPDATE outbox SET state = 'sent' WHERE id = 3")
    })
    const first = await entries(file, queue.id, { ...page, state: 'queued' })
    const second = await entries(file, queue.id, { after: first.at(-1)!.id, limit: 10, state: 'queued' })
    expect([...first, ...second].map((it) => it.id)).toEqual([1, 2, 4, 5, 6, 7, 8])
    expect((await entries(file, queue.id, { ...page, state: 'sent' })).map((it) => it.id)).toEqual([3])
  })

  it.each<[OutboxState, RegExp]>([
    ['queued', /outbox_todo|outbox_due/],
    ['sending', /outbox_on_its_way/],
    ['failed', /outbox_ended/],
    ['held', /outbox_ended/],
    ['skipped', /outbox_ended/],
  ])('that are %s are found without looking at the others', async (state, index) => {
    await using test = await mailKernel({ directory })
    const file = await test.service(Database).open('default')
    const plans: string[] = []
    const explaining: Pick<DatabaseFile, 'all' | 'get'> = {
      get: (sql, params) => file.get(sql, params),
      async all(sql, params) {
        const steps = await file.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params)
        plans.push(steps.map((it) => it.detail).join())
        return []
      },
    }
    await entries(explaining, queue.id, { ...page, state })
    expect(plans.length).toBeGreaterThan(0)
    for (const plan of plans) expect(plan).toMatch(index)
  })
})
