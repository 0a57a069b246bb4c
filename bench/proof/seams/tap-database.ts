import type { Database, DatabaseFile, Statements } from '@waqtor/contracts'
import type { ArmedPoint, CrashPoint } from './crash-point.ts'
import { replacing } from './replacing.ts'

/** How far the outbox has come: the latest rows that are claimed and that are being sent, and how many are sent. */
interface Progress {
  readonly claimed: number
  readonly sending: number
  readonly sent: number
}

const watched: ReadonlySet<CrashPoint> = new Set<CrashPoint>([
  'claim-uncommitted',
  'claimed',
  'sending-uncommitted',
  'sent-uncommitted',
  'sent-unannounced',
])

/** Strikes around the commits in which rows are claimed, become `sending`, or become `sent`. */
export function tapDatabase(database: Database, point: ArmedPoint): Database {
  return replacing(database, { open: async (name) => tapFile(await database.open(name), point) })
}

function tapFile<DB>(file: DatabaseFile<DB>, point: ArmedPoint): DatabaseFile<DB> {
  if (!watched.has(point.name) || file.name === 'host') return file
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
        if (after.sending > before.sending) point.pass('sending-uncommitted')
        if (sends) point.pass('sent-uncommitted')
        return value
      }),
  })
}

async function progress(tx: Statements): Promise<Progress> {
  const nothing = { claimed: 0, sending: 0, sent: 0 }
  if (!(await tx.get("SELECT 1 FROM sqlite_schema WHERE name = 'outbox'"))) return nothing
  const row = await tx.get<Progress>(
    `SELECT coalesce(max(iif(state = 'claimed', id, 0)), 0) AS claimed,
       coalesce(max(iif(state = 'sending', id, 0)), 0) AS sending,
       count(*) FILTER (WHERE state IN ('sent', 'delivered', 'read')) AS sent
     FROM outbox`,
  )
  return row ?? nothing
}
