import type { Migration } from '@waqtor/contracts'

/** The tables in the host's file. */
export const migrations: readonly Migration[] = [
  {
    name: '001-notifications',
    statements: [
      // What is told to everybody who may see it hangs on a subject: there are few of them, and each is asked about once.
      `CREATE TABLE notification_subjects (
        id INTEGER PRIMARY KEY, event TEXT NOT NULL, permission TEXT NOT NULL, instance TEXT NOT NULL,
        UNIQUE (event, permission, instance)
      ) STRICT`,
      // Stored once, however many may see it. No `seq` comes twice: readers remember up to which they have read.
      `CREATE TABLE notifications (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        user_id TEXT,
        subject INTEGER,
        type TEXT NOT NULL,
        title TEXT NOT NULL,
        message TEXT NOT NULL,
        icon TEXT,
        link TEXT,
        source TEXT UNIQUE,
        created_at INTEGER NOT NULL,
        CHECK ((user_id IS NULL) <> (subject IS NULL))
      ) STRICT`,
      'CREATE INDEX notifications_age ON notifications (created_at)',
      // What somebody has done with one of them.
      `CREATE TABLE notification_marks (
        user_id TEXT NOT NULL, seq INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('read', 'deleted')),
        PRIMARY KEY (user_id, seq)
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE notification_readers (
        user_id TEXT PRIMARY KEY, read_up_to INTEGER NOT NULL DEFAULT 0, preferences TEXT, has_channels INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE notification_folds (
        key TEXT PRIMARY KEY, told_at INTEGER NOT NULL, last_at INTEGER NOT NULL, times INTEGER NOT NULL, untold INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE notification_deliveries (
        id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, user_id TEXT NOT NULL, channel TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL,
        UNIQUE (seq, user_id, channel)
      ) STRICT`,
      'CREATE INDEX notification_deliveries_due ON notification_deliveries (due_at)',
      // `since`: what happened before this plugin was there is no news. `planned`: up to where deliveries are made.
      `CREATE TABLE notification_book (
        only INTEGER PRIMARY KEY CHECK (only = 1), since INTEGER NOT NULL, planned INTEGER NOT NULL
      ) STRICT`,
      'INSERT INTO notification_book VALUES (1, unixepoch() * 1000, 0)',
    ],
  },
  {
    name: '002-texts',
    statements: [
      'ALTER TABLE notifications ADD COLUMN text_key TEXT',
      // JSON.
      'ALTER TABLE notifications ADD COLUMN text_fields TEXT',
    ],
  },
]
