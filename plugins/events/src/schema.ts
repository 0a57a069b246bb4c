import type { Migration } from '@waqtor/contracts'

/** The log itself, alike in every file. */
const log: Migration = {
  name: '001-log',
  statements: [
    `CREATE TABLE events (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL,
      type TEXT NOT NULL,
      time INTEGER NOT NULL,
      data TEXT NOT NULL
    ) STRICT`,
    // One row: tells this log from the one that lay here before, or will after it.
    'CREATE TABLE event_log (id TEXT NOT NULL) STRICT',
    'INSERT INTO event_log (id) VALUES (lower(hex(randomblob(8))))',
  ],
}

/** How far each durable reader came in each file. `mark` is the id of the event at `sequence`. */
const readers: Migration = {
  name: '002-readers',
  statements: [
    `CREATE TABLE event_readers (
      reader TEXT NOT NULL,
      file TEXT NOT NULL,
      log TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      PRIMARY KEY (reader, file)
    ) STRICT, WITHOUT ROWID`,
  ],
}

/**
 * No sequence is ever used twice, since the newest event always stays: AUTOINCREMENT had kept that in a table of its own,
 * one more page for every commit.
 */
const plainSequence: Migration = {
  name: '003-plain-sequence',
  statements: [
    'ALTER TABLE events RENAME TO events_before',
    'CREATE TABLE events (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, time INTEGER NOT NULL, data TEXT NOT NULL) STRICT',
    'INSERT INTO events SELECT sequence, id, type, time, data FROM events_before ORDER BY sequence',
    'DROP TABLE events_before',
  ],
}

export const instanceMigrations: readonly Migration[] = [log, plainSequence]
export const hostMigrations: readonly Migration[] = [log, readers, plainSequence]
