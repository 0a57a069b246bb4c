import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSqliteDatabase } from '@waqtor/sqlite-engine'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { acknowledgedBy, takenIds } from './outbox/by-message.ts'
import { migrations } from './schema.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-schema-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

it('finds the rows of messages that were sent before a message knew its row', async () => {
  const database = createSqliteDatabase({ directory })
  const scope = 'instance'
  await database.migrate('messages', scope, migrations.slice(0, 3))
  const file = await database.open('default')
  await file.write(async (tx) => {
    const states = ['queued', 'sending', 'sent', 'read', 'failed', 'waiting']
    // The last was refused after it had arrived, and is sent once more by a version that left the time of the first.
    for (const [i, state] of states.entries()) {
      const begun = state === 'queued' ? null : 1
      const arrived = state === 'sent' || state === 'read'
      await tx.run(
        "INSERT INTO outbox (queue, chat_id, state, payload, message_id, created_at, sending_at, sent_at) VALUES ('q', ?, ?, '', ?, 0, ?, ?)",
        [`${i}@c.us`, state, begun && `id-${state}`, begun, arrived || state === 'waiting' ? 2 : null],
      )
      if (arrived)
        await tx.run(
          "INSERT INTO messages (message_id, chat_id, direction, kind, body, has_media, timestamp) VALUES (?, ?, 'out', 'text', '', 0, 2)",
          [`id-${state}`, `${i}@c.us`],
        )
    }
  })
  await database.migrate('messages', scope, migrations)

  const ids = ['id-sending', 'id-sent', 'id-read', 'id-failed', 'id-waiting', 'id-unknown']
  const rows = await acknowledgedBy(file, ids)
  expect(rows.map((it) => `${it.id} ${it.state} ${it.message_id}`).sort()).toEqual([
    '2 sending id-sending',
    '3 sent id-sent',
    '4 read id-read',
    '5 failed id-failed',
    '6 waiting id-waiting',
  ])
  expect(await takenIds(file, ids, 3)).toEqual(new Set(['id-sending', 'id-read', 'id-failed', 'id-waiting']))
  await database.closeAll()
})
