import type { DatabaseFile, Tx } from '@waqtor/contracts'
import { fold } from './fold.ts'

const batch = 1_000
/** How long it waits for more to come, and between two batches: longer while messages keep coming, for they go first. */
const restMs = 100
const busyRestMs = 1_000
/** Whoever stored messages this lately is still at it. */
const busyMs = 200

/**
 * Keeps the words and the list of chats up to date behind the messages: indexing each message in the transaction that
 * stores it would cost the campaign half its speed. Whoever searches catches up first, so nobody sees the delay.
 */
export class Indexer {
  readonly #file: DatabaseFile
  #running: Promise<void> | undefined
  #again = false
  #timer: NodeJS.Timeout | undefined
  #pokedAt = 0
  /** The batch in the background. */
  #behind: Promise<void> | undefined
  #closed = false

  constructor(file: DatabaseFile) {
    this.#file = file
  }

  /** Messages were stored. Many calls make one batch, and between two batches others get to write: longer while more keep coming. */
  poke(): void {
    const now = performance.now()
    const isBusy = now - this.#pokedAt < busyMs
    this.#pokedAt = now
    this.#wait(isBusy ? busyRestMs : restMs)
  }

  #wait(ms: number): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#behind = this.#next().catch(() => {
        // A full or locked disk: the next message, or the next search, tries again and tells.
      })
    }, ms)
  }

  /** Ends the background work; what is left is done at the next start. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#again = false
    await this.#behind
    await this.#running?.catch(() => {})
  }

  /** Resolves when everything that is stored now can be found. */
  catchUp(): Promise<void> {
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #next(): Promise<void> {
    if ((await this.#file.write(indexNext)) < batch) return
    this.#wait(performance.now() - this.#pokedAt < busyMs ? busyRestMs : 1)
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false
      while ((await this.#file.write(indexNext)) === batch);
    }
  }
}

/** The text of a message has changed: what was indexed of it is replaced. */
export async function reindex(tx: Tx, id: number, before: string, after: string): Promise<void> {
  const { up_to: upTo } = (await tx.get<{ up_to: number }>('SELECT up_to FROM messages_indexed'))!
  if (id > upTo) return
  // The index keeps no texts: it can only forget one that it is told.
  await tx.run("INSERT INTO messages_words (messages_words, rowid, body) VALUES ('delete', ?, ?)", [id, fold(before)])
  await tx.run('INSERT INTO messages_words (rowid, body) VALUES (?, ?)', [id, fold(after)])
}

async function indexNext(tx: Tx): Promise<number> {
  const from = (await tx.get<{ up_to: number }>('SELECT up_to FROM messages_indexed'))!.up_to
  const messages = await tx.all<{ id: number; body: string }>(
    'SELECT id, body FROM messages WHERE id > ? ORDER BY id LIMIT ?',
    [from, batch],
  )
  const last = messages.at(-1)?.id
  if (last === undefined) return 0
  await tx.run('INSERT INTO messages_words (rowid, body) SELECT value ->> 0, value ->> 1 FROM jsonb_each(?)', [
    JSON.stringify(messages.map((it) => [it.id, fold(it.body)])),
  ])
  await tx.run(
    `INSERT INTO chats (chat_id, last_id) SELECT chat_id, max(id) FROM messages WHERE id > ? AND id <= ? GROUP BY chat_id
     ON CONFLICT (chat_id) DO UPDATE SET last_id = excluded.last_id`,
    [from, last],
  )
  await tx.run('UPDATE messages_indexed SET up_to = ?', [last])
  return messages.length
}
