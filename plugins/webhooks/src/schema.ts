import type { Migration } from '@waqtor/contracts'

export const migrations: readonly Migration[] = [
  {
    name: '001-webhooks',
    statements: [
      // `types` is a JSON list of { name, since }. Secrets and header values are sealed, never in the clear.
      `CREATE TABLE webhooks (
        id TEXT PRIMARY KEY,
        url TEXT NOT NULL,
        types TEXT NOT NULL,
        instances TEXT,
        description TEXT NOT NULL,
        header_names TEXT NOT NULL,
        headers TEXT NOT NULL,
        secret TEXT NOT NULL,
        old_secret TEXT,
        old_secret_until INTEGER,
        enabled INTEGER NOT NULL,
        disabled_reason TEXT,
        concurrency INTEGER NOT NULL,
        exhausted INTEGER NOT NULL DEFAULT 0,
        delivered INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0,
        last_delivered_at INTEGER,
        last_failed_at INTEGER,
        created_by TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT`,
      // The outbox. What is under way is known to the process alone: on the disk it is pending until its outcome is.
      `CREATE TABLE webhook_deliveries (
        id INTEGER PRIMARY KEY,
        webhook_id TEXT NOT NULL,
        log TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        event_id TEXT NOT NULL,
        type TEXT NOT NULL,
        instance TEXT,
        body TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead', 'discarded')),
        tries INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        history TEXT NOT NULL DEFAULT '[]',
        due_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        settled_at INTEGER
      ) STRICT`,
      'CREATE UNIQUE INDEX webhook_deliveries_event ON webhook_deliveries (webhook_id, event_id)',
      'CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (webhook_id, id)',
      "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at, id) WHERE state = 'pending'",
      "CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (webhook_id, id) WHERE state = 'dead'",
      "CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE state <> 'pending'",
    ],
  },
  { name: '002-vouched-by', statements: ['ALTER TABLE webhooks ADD COLUMN vouched_by TEXT'] },
]
