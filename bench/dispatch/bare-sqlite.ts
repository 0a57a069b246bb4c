/** What a short program by hand could do: each recipient marked before its send and again after it, one durable commit each. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { answerTask } from '../kit/process.ts'
import { NoOpTransport } from './no-op-transport.ts'
import { Stopwatch } from './stopwatch.ts'
import { chunks, type DispatchResult, type DispatchTask, phoneOf } from './task.ts'

answerTask(async ({ recipients, directory }: DispatchTask): Promise<DispatchResult> => {
  const db = new Database(join(directory, 'bare.db'))
  db.pragma('journal_mode = WAL')
  // After the journal's mode, which lowers it.
  db.pragma('synchronous = FULL')
  db.exec(
    'CREATE TABLE recipients (id INTEGER PRIMARY KEY, chat_id TEXT NOT NULL, state TEXT NOT NULL, message_id TEXT)',
  )
  const insert = db.prepare("INSERT INTO recipients (chat_id, state) VALUES (?, 'queued')")
  const begin = db.prepare("UPDATE recipients SET state = 'sending', message_id = ? WHERE id = ? RETURNING chat_id")
  const end = db.prepare("UPDATE recipients SET state = 'sent' WHERE id = ?")
  const transport = new NoOpTransport()

  const stopwatch = new Stopwatch()
  const addAll = db.transaction((first: number, size: number) => {
    for (let i = 0; i < size; i++) insert.run(`${phoneOf(first + i)}@c.us`)
  })
  for (const { first, size } of chunks(recipients)) addAll(first, size)

  stopwatch.started()
  for (let id = 1; id <= recipients; id++) {
    const messageId = transport.drawMessageId()
    const row = begin.get(messageId, id) as { chat_id: string }
    await transport.send({ chatId: row.chat_id, body: 'Hello', messageId })
    end.run(id)
  }
  const result = stopwatch.ended(recipients)
  db.close()
  return result
})
