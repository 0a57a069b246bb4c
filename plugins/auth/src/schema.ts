import type { Migration } from '@waqtor/contracts'

/** The tables of this plugin in the host's file. */
export const migrations: readonly Migration[] = [
  {
    name: '001-keys',
    statements: [
      `CREATE TABLE auth_keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        origin TEXT NOT NULL CHECK (origin IN ('created', 'environment', 'local')),
        digest TEXT NOT NULL,
        permissions TEXT NOT NULL,
        instances TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        revoked_at INTEGER
      ) STRICT`,
    ],
  },
  {
    name: '002-keys-gated-limited-used',
    statements: [
      'ALTER TABLE auth_keys ADD COLUMN gated INTEGER NOT NULL DEFAULT 0',
      'ALTER TABLE auth_keys ADD COLUMN rate_per_second REAL',
      'ALTER TABLE auth_keys ADD COLUMN rate_burst INTEGER',
      'ALTER TABLE auth_keys ADD COLUMN created_by TEXT',
      'ALTER TABLE auth_keys ADD COLUMN last_used_at INTEGER',
    ],
  },
  {
    name: '003-users',
    statements: [
      `CREATE TABLE auth_users (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        display_name TEXT,
        email TEXT,
        phone TEXT,
        avatar_file_id TEXT,
        role TEXT NOT NULL CHECK (role IN ('admin', 'user', 'viewer')),
        instances TEXT,
        password TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        disabled_at INTEGER,
        last_sign_in_at INTEGER
      ) STRICT`,
      `CREATE TABLE auth_sessions (
        id TEXT PRIMARY KEY,
        user_id TEXT NOT NULL,
        digest TEXT NOT NULL,
        address TEXT,
        user_agent TEXT,
        created_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT`,
      `CREATE TABLE auth_addresses (
        user_id TEXT NOT NULL,
        address TEXT NOT NULL,
        last_at INTEGER NOT NULL,
        PRIMARY KEY (user_id, address)
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE auth_tries (
        subject TEXT PRIMARY KEY,
        failures INTEGER NOT NULL,
        blocked_until INTEGER NOT NULL,
        last_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE auth_activity (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        time INTEGER NOT NULL,
        kind TEXT NOT NULL,
        user_id TEXT,
        actor_id TEXT,
        address TEXT,
        user_agent TEXT,
        details TEXT NOT NULL
      ) STRICT`,
      'CREATE INDEX auth_activity_of_user ON auth_activity (user_id, id)',
    ],
  },
]
