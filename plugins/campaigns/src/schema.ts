import type { Migration } from '@waqtor/contracts'

/** The tables of an instance's file that belong to this plugin. The recipients are rows of the outbox. */
export const migrations: readonly Migration[] = [
  {
    name: '001-campaigns',
    statements: [
      // `message` and `plan` are JSON: they are read whole and never searched.
      `CREATE TABLE campaigns (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        status TEXT NOT NULL,
        reason TEXT,
        message TEXT NOT NULL,
        variables TEXT NOT NULL,
        plan TEXT NOT NULL,
        audience_id TEXT,
        frozen_after INTEGER,
        left_out INTEGER NOT NULL DEFAULT 0,
        replied INTEGER NOT NULL DEFAULT 0,
        schedule_at INTEGER,
        late TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        finished_at INTEGER
      ) STRICT, WITHOUT ROWID`,
      "CREATE INDEX campaigns_scheduled ON campaigns (schedule_at) WHERE status = 'scheduled'",
      // Kept in the very transactions that move the rows: counting a million of them would take seconds.
      `CREATE TABLE campaign_counts (
        campaign_id TEXT NOT NULL, part INTEGER NOT NULL, state TEXT NOT NULL, n INTEGER NOT NULL,
        PRIMARY KEY (campaign_id, part, state)
      ) STRICT, WITHOUT ROWID`,
      // Who answered a campaign: the row of the outbox, once.
      `CREATE TABLE campaign_replies (
        campaign_id TEXT NOT NULL, row_id INTEGER NOT NULL, chat_id TEXT NOT NULL, message_id TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (campaign_id, row_id)
      ) STRICT, WITHOUT ROWID`,
      // How many of a campaign began in which minute, where its caps have to know.
      `CREATE TABLE campaign_pace (
        campaign_id TEXT NOT NULL, minute INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (campaign_id, minute)
      ) STRICT, WITHOUT ROWID`,
      // When a person got a campaign message last, whichever campaign it was.
      'CREATE TABLE courtesy_last (chat_id TEXT PRIMARY KEY, campaign_id TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID',
      // How many people who never wrote to us were written to on which day, `2026-03-01`.
      'CREATE TABLE courtesy_strangers (day TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    ],
  },
]
