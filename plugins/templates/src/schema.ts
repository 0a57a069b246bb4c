import type { Migration } from '@waqtor/contracts'

/** The table of an instance's file that belongs to this plugin. */
export const migrations: readonly Migration[] = [
  {
    name: '001-templates',
    statements: [
      `CREATE TABLE templates (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        language TEXT,
        media_kind TEXT,
        file_id TEXT,
        filename TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        text TEXT NOT NULL,
        variants TEXT NOT NULL
      ) STRICT`,
      'CREATE INDEX templates_by_file ON templates (file_id) WHERE file_id IS NOT NULL',
    ],
  },
]
