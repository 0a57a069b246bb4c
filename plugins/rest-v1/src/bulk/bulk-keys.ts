import { type Database, fail, type Migration, type Statements } from '@waqtor/contracts'

export const migrations: readonly Migration[] = [
  {
    name: '001-bulk-keys',
    statements: [
      `CREATE TABLE rest_v1_bulk_keys (
        caller TEXT NOT NULL,
        key TEXT NOT NULL,
        request_hash TEXT NOT NULL,
        campaign TEXT,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (caller, key)
      ) STRICT, WITHOUT ROWID`,
      'CREATE INDEX rest_v1_bulk_keys_by_age ON rest_v1_bulk_keys (created_at)',
    ],
  },
]

/** Keys are remembered this long, as those of single sends are. */
const KEPT_MS = 24 * 3_600_000

/** A bulk send as one caller asked for it under one key. */
export interface KeyedBulk {
  readonly caller: string
  readonly key: string
  readonly requestHash: string
}

interface Row {
  readonly request_hash: string
  readonly campaign: string | null
}

/**
 * What was made of bulk sends that came with an idempotency key. The campaign is written down before it is started: after a
 * crash in between, a repetition starts that very campaign and makes no second one.
 */
export class BulkKeys {
  readonly #database: Database
  readonly #now: () => number
  readonly #running = new Set<string>()

  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database
    this.#now = now
  }

  /**
   * Runs `work` for a key that nobody is running.
   * @param work gets what was written down for the campaign of an earlier request, where there is one
   * @throws WaqtorError WAQ_IDEMPOTENCY_IN_FLIGHT (409), WAQ_IDEMPOTENCY_MISMATCH (422)
   */
  async once<T>(bulk: KeyedBulk, work: (campaign: string | undefined) => Promise<T>): Promise<T> {
    const running = `${bulk.caller}\n${bulk.key}`
    if (this.#running.has(running))
      throw fail('WAQ_IDEMPOTENCY_IN_FLIGHT', `a request with the idempotency key '${bulk.key}' is still running`, {
        retryAfter: 1,
      })
    this.#running.add(running)
    try {
      const earlier = await this.#earlier(bulk)
      return await work(earlier?.campaign ?? undefined).catch(async (error: unknown) => {
        if (!earlier) await this.#release(bulk)
        throw error
      })
    } finally {
      this.#running.delete(running)
    }
  }

  /** Writes the campaign of a key down. */
  async bind({ caller, key }: KeyedBulk, campaign: string): Promise<void> {
    const host = await this.#database.open('host')
    await host.write((tx) =>
      tx.run('UPDATE rest_v1_bulk_keys SET campaign = ? WHERE caller = ? AND key = ?', [campaign, caller, key]),
    )
  }

  /** Frees a key under which nothing was made, so that a better request may have it. */
  async #release({ caller, key }: KeyedBulk): Promise<void> {
    const host = await this.#database.open('host')
    await host.write((tx) =>
      tx.run('DELETE FROM rest_v1_bulk_keys WHERE caller = ? AND key = ? AND campaign IS NULL', [caller, key]),
    )
  }

  /** What an earlier request with the key has left; the key is this request's when there was none. */
  async #earlier({ caller, key, requestHash }: KeyedBulk): Promise<Row | undefined> {
    const host = await this.#database.open('host')
    const now = this.#now()
    const row = await host.write(async (tx) => {
      await tx.run('DELETE FROM rest_v1_bulk_keys WHERE created_at < ?', [now - KEPT_MS])
      const earlier = await find(tx, caller, key)
      if (!earlier)
        await tx.run('INSERT INTO rest_v1_bulk_keys (caller, key, request_hash, created_at) VALUES (?, ?, ?, ?)', [
          caller,
          key,
          requestHash,
          now,
        ])
      return earlier
    })
    if (row && row.request_hash !== requestHash)
      throw fail('WAQ_IDEMPOTENCY_MISMATCH', `the idempotency key '${key}' was used for another request`)
    return row
  }
}

function find(file: Statements, caller: string, key: string): Promise<Row | undefined> {
  return file.get<Row>('SELECT request_hash, campaign FROM rest_v1_bulk_keys WHERE caller = ? AND key = ?', [
    caller,
    key,
  ])
}
