import type { Database, DatabaseFile, Statements } from '@waqtor/contracts'
import type { ArmedPoint, CrashPoint } from './crash-point.ts'
import { replacing } from './replacing.ts'

/** How far the outbox has come: the latest row that is being sent, and how many are sent. */
interface Progress {
  readonly sending: number
  readonly sent: number
}

const watched: ReadonlySet<CrashPoint> = new Set<CrashPoint>([
  'before-claim',
  'sending-uncommitted',
  'sent-uncommitted',
  'sent-unannounced',
])

/** Strikes around the commits in which rows become `sending` or `sent`. A claim is kept in memory and has none. */
export function tapDatabase(database: Database, point: ArmedPoint): Database {
  return replacing(database, { open: async (name) => tapFile(await database.open(name), point) })
}

function tapFile<DB>(file: DatabaseFile<DB>, point: ArmedPoint): DatabaseFile<DB> {
  if (!watched.has(point.name) || file.name === 'host') return file
  return replacing(file, {
    write: (fn) =>
      file.write(async (tx) => {
        point.pass('before-claim')
        const before = await progress(tx)
        let sends = false
        // The first of all that hear of the commit.
        tx.afterCommit(() => {
          if (sends) point.pass('sent-unannounced')
        })
        const value = await fn(tx)
        const after = await progress(tx)
        sends = after.sent > before.sent
        if (after.sending > before.sending) point.pass('sending-uncommitted')
        if (sends) point.pass('sent-uncommitted')
        return value
      }),
  })
}

async function progress(tx: Statements): Promise<Progress> {
  const nothing = { sending: 0, sent: 0 }
  if (!(await tx.get("SELECT 1 FROM sqlite_schema WHERE name = 'outbox'"))) return nothing
  const row = await tx.get<Progress>(
    `SELECT coalesce(max(iif(state = 'sending', id, 0)), 0) AS sending,
       count(*) FILTER (WHERE state IN ('sent', 'delivered', 'read')) AS sent
     FROM outbox`,
  )
  return row ?? nothing
}
