import type { Migration } from '@waqtor/contracts'

/**
 * The triggers keep mistakes away, not somebody who may write the file: whoever drops them is found by the chain.
 * AUTOINCREMENT remembers the highest row there ever was, so that cutting off the end is found as well.
 */
export const migrations: readonly Migration[] = [
  {
    name: '001-audit',
    statements: [
      `CREATE TABLE audit_log (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        time INTEGER NOT NULL,
        call_id TEXT,
        action TEXT NOT NULL,
        phase TEXT NOT NULL CHECK (phase IN ('attempt', 'done', 'failed')),
        attempt INTEGER,
        principal TEXT,
        role TEXT,
        credential TEXT,
        via TEXT,
        address TEXT,
        instance TEXT,
        target TEXT NOT NULL,
        code TEXT,
        prev_hash TEXT NOT NULL,
        hash TEXT NOT NULL
      ) STRICT`,
      'CREATE INDEX audit_log_by_attempt ON audit_log (attempt) WHERE attempt IS NOT NULL',
      'CREATE INDEX audit_log_by_principal ON audit_log (principal, seq)',
      'CREATE INDEX audit_log_by_action ON audit_log (action, seq)',
      `CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
      `CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
      // INSERT OR REPLACE would remove the old row without a word to the trigger above.
      `CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log
        WHEN NEW.seq <= (SELECT max(seq) FROM audit_log)
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
    ],
  },
]
