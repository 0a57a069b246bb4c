import type { Database, DatabaseFile, Tx } from '@waqtor/contracts'
import type { ArmedPoint } from './crash-point.ts'
import { replacing } from './replacing.ts'

/** What two tables of the outbox show of a transaction: rows that it claimed, rows that it found to be sent. */
interface Progress {
  readonly claimed: number
  readonly sent: number
}

/** Strikes around the commits in which rows are claimed, or become `sent`. */
export function tapDatabase(database: Database, point: ArmedPoint): Database {
  return replacing(database, { open: async (name) => tapFile(await database.open(name), point) })
}

function tapFile<DB>(file: DatabaseFile<DB>, point: ArmedPoint): DatabaseFile<DB> {
  const watched = ['claim-uncommitted', 'claimed', 'sent-uncommitted', 'sent-unannounced'].includes(point.name)
  if (!watched || file.name === 'host') return file
  return replacing(file, {
    write: (fn) =>
      file.write(async (tx) => {
        const before = await progress(tx)
        let claims = false
        let sends = false
        // The first of all that hear of the commit.
        tx.afterCommit(() => {
          if (claims) point.pass('claimed')
          if (sends) point.pass('sent-unannounced')
        })
        const value = await fn(tx)
        const after = await progress(tx)
        claims = after.claimed > before.claimed
        sends = after.sent > before.sent
        if (claims) point.pass('claim-uncommitted')
        if (sends) point.pass('sent-uncommitted')
        return value
      }),
  })
}

async function progress(tx: Tx): Promise<Progress> {
  const known = await tx.get("SELECT 1 FROM sqlite_schema WHERE name = 'outbox'")
  const row =
    known &&
    (await tx.get<Progress>(
      `SELECT coalesce(max(iif(state = 'claimed', id, 0)), 0) AS claimed,
         count(*) FILTER (WHERE state IN ('sent', 'delivered', 'read')) AS sent
       FROM outbox`,
    ))
  return row ?? { claimed: 0, sent: 0 }
}
