import { readFile, rename, writeFile } from 'node:fs/promises'
import { fail, type OutboxState, type Tx } from '@waqtor/contracts'
import { onItsWay } from './conditions.ts'
import type { Lanes } from './lanes.ts'

/**
 * That this process is the one that works on the file. Another one that takes the file over raises the epoch, and from then
 * on nothing that this one writes is taken: it may be slow, stopped, or believe that it still has the lock.
 */
export class Ownership {
  readonly epoch: number

  constructor(epoch: number) {
    this.epoch = epoch
  }

  /** Part of every transaction on the outbox. @throws WaqtorError WAQ_CONFLICT when another process has taken over */
  async require(tx: Tx): Promise<void> {
    const row = await tx.get<{ epoch: number }>('SELECT epoch FROM outbox_owner')
    if (row!.epoch !== this.epoch)
      throw fail('WAQ_CONFLICT', `another process works on the outbox of '${tx.file}' now; this one sends no more`)
  }
}

/**
 * Takes the file over from whoever had it: raises the epoch, and puts in doubt what may have been sent.
 * @param restored the file is an older copy than the one that was worked on last
 */
export async function takeOver(tx: Tx, lanes: Lanes, restored: boolean): Promise<number> {
  const owner = await tx.get<{ epoch: number; pairing: string | null }>(
    'UPDATE outbox_owner SET epoch = epoch + 1 RETURNING epoch, pairing',
  )
  const left = await tx.all<{ queue: string; part: number; count: number }>(
    `SELECT queue, part, count(*) AS count FROM outbox WHERE ${onItsWay} AND state = 'sending' GROUP BY queue, part`,
  )
  await tx.run(`UPDATE outbox SET state = 'unknown', reason = 'interrupted' WHERE ${onItsWay} AND state = 'sending'`)
  await lanes.tell(
    tx,
    left.map((it) => ({ ...it, from: 'sending', to: 'unknown', reason: 'interrupted' })),
  )
  if (restored) await distrust(tx, lanes, owner!.pairing)
  return owner!.epoch
}

/**
 * After a restore every row that waits may have been sent since the backup was made: each is looked for in its chat before
 * it is sent, and nothing goes out before a person says so.
 */
async function distrust(tx: Tx, lanes: Lanes, pairing: string | null): Promise<void> {
  await tx.run(
    "UPDATE outbox SET reason = 'restored', pairing = ?, due_at = NULL WHERE state = 'queued' AND queue <> 'direct'",
    [pairing ?? ''],
  )
  // Nobody waits for the answer to these any more, and a person may no longer want them.
  const { changes } = await tx.run(
    "UPDATE outbox SET state = 'held', reason = 'restored' WHERE state = 'queued' AND queue = 'direct'",
  )
  const from: OutboxState = 'queued'
  if (changes > 0)
    await lanes.tell(tx, [{ queue: 'direct', part: 0, from, to: 'held', reason: 'restored', count: changes }])
  const open = await tx.all<{ id: string }>(
    "UPDATE outbox_queues SET open = 0 WHERE open = 1 AND id <> 'direct' RETURNING id",
  )
  for (const { id } of open) await lanes.tellHalt(tx, id, 'restored')
}

/**
 * The epoch once more, in a file beside the database that no backup contains: a database that is older than its witness, or
 * comes without one, is a copy that was put in the place of a later one.
 */
export class EpochWitness {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** True when a database of this epoch has been restored. */
  async tellsOfRestore(epoch: number): Promise<boolean> {
    if (epoch === 0) return false
    const text = await readFile(this.#path, 'utf8').catch(() => '')
    const witnessed = /^\d+\n$/.test(text) ? Number(text) : undefined
    return witnessed === undefined || epoch < witnessed
  }

  /** Comes before anything is sent under the epoch. */
  async write(epoch: number): Promise<void> {
    await writeFile(`${this.#path}.new`, `${epoch}\n`, { mode: 0o600, flush: true })
    await rename(`${this.#path}.new`, this.#path)
  }
}
