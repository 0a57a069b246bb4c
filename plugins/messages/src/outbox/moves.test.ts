import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database } from '@waqtor/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mailKernel } from '../testing/index.ts'
import { step } from './moves.ts'
import type { Step } from './rows.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-store-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const sent = (id: number, at: number): Step => ({
  id,
  queue: 'cmp_1',
  from: 'sending',
  to: 'sent',
  reason: null,
  at,
  row: { part: 0, chat_id: `${id}@c.us`, message_id: `m${id}`, kind: 'text' },
})
const failed = (id: number): Step => ({ id, queue: 'cmp_1', from: 'sending', to: 'failed', reason: 'refused' })

/** Takes `steps` with eight rows on their way; the last one is in doubt already. Answers what moved, and where all are then. */
async function taken(steps: readonly Step[]) {
  await using test = await mailKernel({ directory })
  const file = await test.service(Database).open('default')
  const moved = await file.write(async (tx) => {
    await tx.run(
      `INSERT INTO messages (message_id, chat_id, direction, kind, body, has_media, timestamp, outbox_id)
       VALUES ('arrived', '1@c.us', 'out', 'text', '', 0, 0, 1000)`,
    )
    for (let id = 1; id <= 8; id++)
      await tx.run(
        "INSERT INTO outbox (id, queue, chat_id, state, payload, message_id, created_at, sending_at) VALUES (?, 'cmp_1', ?, ?, '', ?, 0, 0)",
        [id, `${id}@c.us`, id === 8 ? 'unknown' : 'sending', `m${id}`],
      )
    return step(tx, steps)
  })
  const rows = await file.all('SELECT state, reason, sent_at, message_id FROM outbox ORDER BY id')
  return { moved: moved.map((it) => `${it.id} ${it.state} ${it.sent_at}`).sort(), rows }
}

describe('sends that ended', () => {
  const at = (moments: readonly number[]) => moments.map((moment, i) => sent(i + 1, moment))
  it.each([
    ['all at one moment', at([9, 9, 9, 9, 9, 9, 9, 9])],
    ['at two moments', at([9, 9, 9, 9, 10, 10, 10, 10])],
    ['each at its own', at([9, 10, 11, 12, 13, 14, 15, 16])],
  ])('%s are recorded with their times, and a row that is elsewhere is left alone', async (_, steps) => {
    const { moved, rows } = await taken(steps)
    expect(moved).toEqual(steps.slice(0, 7).map((it) => `${it.id} sent ${it.at}`))
    expect(rows).toEqual([
      ...steps.slice(0, 7).map(({ id, at }) => ({
        state: 'sent',
        reason: null,
        sent_at: at,
        message_id: `m${id}`,
      })),
      { state: 'unknown', reason: null, sent_at: null, message_id: 'm8' },
    ])
  })

  it('in different ways are each recorded in its own', async () => {
    const { moved, rows } = await taken([sent(1, 9), failed(2), sent(3, 9), { ...sent(4, 9), messageId: 'new' }])
    expect(moved).toEqual(['1 sent 9', '2 failed null', '3 sent 9', '4 sent 9'])
    expect(rows.slice(0, 5)).toMatchObject([
      { state: 'sent', message_id: 'm1' },
      { state: 'failed', reason: 'refused' },
      { state: 'sent', message_id: 'm3' },
      { state: 'sent', message_id: 'new' },
      { state: 'sending' },
    ])
  })
})

describe('a message id', () => {
  const named = (id: number, messageId: string): Step => ({ ...sent(id, 9), messageId })

  it.each([
    ['of a message that has proved another row', [named(1, 'arrived'), sent(2, 9)], ['2 sent 9']],
    ['of a row that is on its way', [named(1, 'm5'), sent(2, 9)], ['2 sent 9']],
    ['that two rows are said to have', [named(1, 'new'), named(2, 'new'), named(3, 'other')], ['1 sent 9', '3 sent 9']],
    ['of a row that ends at the same time', [named(1, 'm2'), sent(2, 9)], ['2 sent 9']],
    ['of a row that ends at another time', [named(1, 'm2'), sent(2, 8), sent(3, 7)], ['2 sent 8', '3 sent 7']],
  ])('%s proves no second one', async (_, steps, expected) => {
    const { moved } = await taken(steps)
    expect(moved).toEqual(expected)
  })

  it('of a row may be said of it once more', async () => {
    expect((await taken([named(1, 'm1'), sent(2, 9)])).moved).toEqual(['1 sent 9', '2 sent 9'])
  })
})
