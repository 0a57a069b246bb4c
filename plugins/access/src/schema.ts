import type { Migration } from '@waqtor/contracts'

/** All of it lies in the host's file. Lists of features are JSON; `NULL` stands for all that are gated. */
export const migrations: readonly Migration[] = [
  {
    name: '001-access',
    statements: [
      `CREATE TABLE access_codes (
        id TEXT PRIMARY KEY,
        digest BLOB NOT NULL,
        key_id TEXT NOT NULL,
        length INTEGER NOT NULL,
        features TEXT,
        user_id TEXT,
        uses INTEGER NOT NULL,
        used INTEGER NOT NULL DEFAULT 0,
        opens_ms INTEGER,
        note TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        created_by TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        revoked_at INTEGER,
        CHECK (used <= uses)
      ) STRICT`,
      'CREATE INDEX access_codes_by_end ON access_codes (expires_at)',
      `CREATE TABLE access_unlocks (
        user_id TEXT NOT NULL,
        feature TEXT NOT NULL,
        code_id TEXT NOT NULL,
        unlocked_at INTEGER NOT NULL,
        until INTEGER,
        PRIMARY KEY (user_id, feature, code_id)
      ) STRICT, WITHOUT ROWID`,
      'CREATE INDEX access_unlocks_by_code ON access_unlocks (code_id)',
      `CREATE TABLE access_subscriptions (
        user_id TEXT PRIMARY KEY,
        status TEXT NOT NULL CHECK (status IN ('active', 'inactive')),
        expires_at INTEGER,
        features TEXT,
        updated_at INTEGER NOT NULL,
        updated_by TEXT NOT NULL
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE access_tries (
        who TEXT PRIMARY KEY,
        failures INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        recent TEXT NOT NULL
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE access_requests (
        user_id TEXT NOT NULL,
        feature TEXT NOT NULL,
        requested_at INTEGER NOT NULL,
        PRIMARY KEY (user_id, feature)
      ) STRICT, WITHOUT ROWID`,
    ],
  },
]
