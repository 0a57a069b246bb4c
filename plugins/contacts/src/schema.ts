import type { Migration } from '@waqtor/contracts'

/** The tables of an instance's file that belong to this plugin: all that a send has to know of a person. */
export const instanceMigrations: readonly Migration[] = [
  {
    name: '001-contacts',
    statements: [
      // The number orders pages and members and never comes twice; the name of a contact towards others is `contact_id`.
      // The key of the list by name is long enough to sort well, and short enough for a cursor.
      `CREATE TABLE contacts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        contact_id TEXT NOT NULL UNIQUE,
        chat_id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        sort_key TEXT GENERATED ALWAYS AS (substr(folded, 1, 40)) VIRTUAL,
        language TEXT,
        fields TEXT NOT NULL,
        consent TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT`,
      'CREATE INDEX contacts_by_name ON contacts (sort_key, id)',
      'CREATE TABLE contact_tags (contact INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (contact, tag)) STRICT, WITHOUT ROWID',
      'CREATE INDEX contact_tags_by_tag ON contact_tags (tag, contact)',
      // Chats, whether there is a contact for them or not.
      'CREATE TABLE contact_wrote (chat_id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID',
      `CREATE TABLE audiences (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        audience_id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        filter TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT`,
      'CREATE TABLE audience_members (audience INTEGER NOT NULL, contact INTEGER NOT NULL, PRIMARY KEY (audience, contact)) STRICT, WITHOUT ROWID',
      'CREATE INDEX audience_members_of ON audience_members (contact)',
    ],
  },
  {
    name: '002-opt-outs',
    statements: [
      // A row is the last word of a chat; it holds as long as it has not ended. The chat id goes when the person is erased.
      `CREATE TABLE opt_outs (
        chat_hash TEXT PRIMARY KEY,
        chat_id TEXT,
        at INTEGER NOT NULL,
        via TEXT NOT NULL,
        reason TEXT,
        ended_at INTEGER
      ) STRICT, WITHOUT ROWID`,
      'CREATE UNIQUE INDEX opt_outs_by_chat ON opt_outs (chat_id) WHERE chat_id IS NOT NULL',
      'CREATE INDEX opt_outs_nameless ON opt_outs (chat_hash) WHERE chat_id IS NULL',
      'CREATE INDEX opt_outs_latest ON opt_outs (at, chat_hash) WHERE ended_at IS NULL',
      // How many of the host's shared opt-outs this file has taken over.
      'CREATE TABLE opt_outs_shared_through (only INTEGER PRIMARY KEY CHECK (only = 1), id INTEGER NOT NULL) STRICT',
      'INSERT INTO opt_outs_shared_through VALUES (1, 0)',
    ],
  },
]

/** In the host's file: opt-outs on their way from the account where they were said to all others. */
export const hostMigrations: readonly Migration[] = [
  {
    name: '001-shared-opt-outs',
    statements: [
      // Said again, an opt-out takes a new number, so that every file comes past it again.
      `CREATE TABLE opt_outs_shared (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat_hash TEXT NOT NULL UNIQUE,
        chat_id TEXT,
        at INTEGER NOT NULL
      ) STRICT`,
    ],
  },
]
