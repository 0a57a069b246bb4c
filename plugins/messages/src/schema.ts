import type { Migration } from '@waqtor/contracts'
import { atRest, endedBadly, inDoubtNow, onItsWay } from './outbox/conditions.ts'

/** The tables of an instance's file that belong to this plugin. */
export const migrations: readonly Migration[] = [
  {
    name: '001-outbox-and-messages',
    statements: [
      // Who works on the file: the number grows by one each time it is opened, and whoever writes must have the latest.
      'CREATE TABLE outbox_owner (only INTEGER PRIMARY KEY CHECK (only = 1), epoch INTEGER NOT NULL, pairing TEXT) STRICT',
      'INSERT INTO outbox_owner VALUES (1, 0, NULL)',
      // `doomed`: the rest of its rows is to be cancelled, or dropped, bit by bit.
      `CREATE TABLE outbox_queues (
        id TEXT PRIMARY KEY, source TEXT NOT NULL, open INTEGER NOT NULL, in_flight INTEGER NOT NULL, gap_ms INTEGER NOT NULL,
        gap_max_ms INTEGER NOT NULL, on_unknown TEXT NOT NULL, check_numbers INTEGER NOT NULL, halted TEXT, doomed TEXT
      ) STRICT, WITHOUT ROWID`,
      // What a lane should know and could not be told, because its plugin was away.
      'CREATE TABLE outbox_untold (queue TEXT NOT NULL, part INTEGER NOT NULL, origin TEXT NOT NULL, target TEXT NOT NULL, reason TEXT, n INTEGER NOT NULL) STRICT',
      // No id comes twice: an answer that comes after its row was deleted must find no other in its place.
      `CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        part INTEGER NOT NULL DEFAULT 0,
        chat_id TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        payload TEXT NOT NULL,
        attempt INTEGER NOT NULL DEFAULT 0,
        due_at INTEGER,
        body TEXT,
        body_hash TEXT,
        kind TEXT,
        anchor TEXT,
        pairing TEXT,
        message_id TEXT,
        created_at INTEGER NOT NULL,
        sending_at INTEGER,
        sent_at INTEGER,
        delivered_at INTEGER,
        read_at INTEGER
      ) STRICT`,
      // One WhatsApp message proves one row only.
      'CREATE UNIQUE INDEX outbox_message ON outbox (message_id) WHERE message_id IS NOT NULL',
      // One recipient of a queue is one row; direct sends may go to the same chat as often as they like.
      "CREATE UNIQUE INDEX outbox_recipient ON outbox (queue, chat_id) WHERE queue <> 'direct'",
      'CREATE INDEX outbox_page ON outbox (queue, id)',
      "CREATE INDEX outbox_todo ON outbox (queue, id) WHERE state = 'queued' AND due_at IS NULL",
      // Rows that wait for a moment of their own: a recipient's morning, for one.
      "CREATE INDEX outbox_due ON outbox (queue, due_at) WHERE state = 'queued' AND due_at IS NOT NULL",
      "CREATE INDEX outbox_sending ON outbox (queue) WHERE state = 'sending'",
      // What ended otherwise than it should: there are never many, and they are counted by their reasons.
      "CREATE INDEX outbox_ended ON outbox (queue, state, reason) WHERE state IN ('failed', 'skipped', 'held')",
      "CREATE INDEX outbox_doubt ON outbox (id) WHERE state IN ('unknown', 'reconciling', 'waiting')",
      `CREATE TABLE outbox_media (
        hash TEXT PRIMARY KEY, mime_type TEXT NOT NULL, data BLOB NOT NULL
      ) STRICT`,
      // Whether a number is on WhatsApp, as the network has said: NULL when it is not.
      'CREATE TABLE numbers (chat_id TEXT PRIMARY KEY, known_as TEXT, checked_at INTEGER NOT NULL) STRICT, WITHOUT ROWID',
      `CREATE TABLE idempotency (
        caller TEXT NOT NULL, key TEXT NOT NULL, request_hash TEXT NOT NULL, outbox_id INTEGER NOT NULL, created_at INTEGER NOT NULL,
        PRIMARY KEY (caller, key)
      ) STRICT, WITHOUT ROWID`,
      'CREATE INDEX idempotency_age ON idempotency (created_at)',
      `CREATE TABLE messages (
        id INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL UNIQUE,
        chat_id TEXT NOT NULL,
        direction TEXT NOT NULL,
        sender TEXT,
        author TEXT,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        has_media INTEGER NOT NULL,
        quoted_message_id TEXT,
        status TEXT,
        source TEXT,
        timestamp INTEGER NOT NULL
      ) STRICT`,
      'CREATE INDEX messages_chat ON messages (chat_id, id)',
      // Words and chats are brought up to date in the background: see indexer.ts.
      "CREATE VIRTUAL TABLE messages_words USING fts5 (body, content = '', tokenize = 'unicode61')",
      'CREATE TABLE chats (chat_id TEXT PRIMARY KEY, last_id INTEGER NOT NULL) STRICT, WITHOUT ROWID',
      'CREATE UNIQUE INDEX chats_recent ON chats (last_id)',
      'CREATE TABLE messages_indexed (only INTEGER PRIMARY KEY CHECK (only = 1), up_to INTEGER NOT NULL) STRICT',
      'INSERT INTO messages_indexed VALUES (1, 0)',
    ],
  },
  {
    name: '002-changes-and-files',
    statements: [
      'ALTER TABLE messages ADD COLUMN edited_at INTEGER',
      'ALTER TABLE messages ADD COLUMN deleted_at INTEGER',
      // What the phone sent itself; few, and the only ones whose acknowledgements are not the outbox's.
      "CREATE INDEX messages_phone ON messages (message_id) WHERE source = 'phone'",
      // What people left on messages: one reaction, or one vote, each. It may be known before the message is.
      `CREATE TABLE message_marks (
        message_id TEXT NOT NULL, sender TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (message_id, kind, sender)
      ) STRICT, WITHOUT ROWID`,
      // Downloaded files, by who may read them; '' is the system.
      `CREATE TABLE message_files (
        message_id TEXT NOT NULL, owner TEXT NOT NULL, file_id TEXT NOT NULL, mime_type TEXT NOT NULL,
        PRIMARY KEY (message_id, owner)
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    name: '003-cheaper-conditions',
    statements: [
      'DROP INDEX outbox_ended',
      'DROP INDEX outbox_doubt',
      `CREATE INDEX outbox_ended ON outbox (queue, state, reason) WHERE ${endedBadly}`,
      `CREATE INDEX outbox_doubt ON outbox (id) WHERE ${inDoubtNow}`,
    ],
  },
  {
    name: '004-rows-by-their-messages',
    statements: [
      // Which row a message of ours proves. One WhatsApp message proves one row only.
      'ALTER TABLE messages ADD COLUMN outbox_id INTEGER',
      `UPDATE messages SET outbox_id = (SELECT id FROM outbox WHERE outbox.message_id = messages.message_id) WHERE direction = 'out'`,
      // What has arrived is found through the history; an index of all ids a second time cost a page of each commit.
      'DROP INDEX outbox_message',
      'DROP INDEX outbox_sending',
      `CREATE UNIQUE INDEX outbox_on_its_way ON outbox (message_id) WHERE ${onItsWay}`,
      `CREATE UNIQUE INDEX outbox_at_rest ON outbox (message_id) WHERE ${atRest}`,
    ],
  },
]
