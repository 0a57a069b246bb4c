import type { Migration } from '@waqtor/contracts'

/** The tables of an instance's file that belong to this plugin. The recipients are rows of the outbox. */
export const migrations: readonly Migration[] = [
  {
    name: '001-campaigns',
    statements: [
      `CREATE TABLE campaigns (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        status TEXT NOT NULL,
        reason TEXT,
        template TEXT NOT NULL,
        variables TEXT NOT NULL,
        in_flight INTEGER NOT NULL,
        gap_ms INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        finished_at INTEGER
      ) STRICT, WITHOUT ROWID`,
      // Kept in the very transactions that move the rows: counting a million of them would take seconds.
      `CREATE TABLE campaign_counts (
        campaign_id TEXT NOT NULL, state TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (campaign_id, state)
      ) STRICT, WITHOUT ROWID`,
    ],
  },
]
