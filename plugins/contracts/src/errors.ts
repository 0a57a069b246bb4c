/**
 * Codes that more than one plugin raises, with the HTTP status a door shows and what the reader should do.
 * docs/errors.md is made from this table and the kernel's.
 */
export const errorCodes = {
  WAQ_STORAGE_FULL: { status: 507, fix: 'Free some disk space; sending goes on by itself.' },
  WAQ_STORAGE_LOCKED: { status: 503, fix: 'Another program holds the database; close it.' },
  WAQ_STORAGE_CORRUPT: { status: 503, fix: 'The file was left as it is: restore a backup, or move it away.' },
  WAQ_STORAGE_FAILED: { status: 503, fix: 'The disk reported an error; see the log.' },
  WAQ_WRITE_NESTED: { status: 500, fix: 'A write was started inside a write of the same file: pass `tx` on instead.' },
  WAQ_STORAGE_CLOSED: { status: 503, fix: 'The file was closed, or the host is stopping: try again later.' },
  WAQ_TX_CLOSED: { status: 500, fix: 'Await every statement inside the callback of `write`; its `tx` ends with it.' },
  WAQ_STATEMENT_REFUSED: {
    status: 500,
    fix: 'Change data inside `write`, and leave BEGIN, COMMIT, PRAGMA, ATTACH and VACUUM to the storage.',
  },
  WAQ_MIGRATION_UNKNOWN: { status: 500, fix: 'Install the newer version again, or restore a backup made before it.' },
  WAQ_MIGRATION_FAILED: { status: 500, fix: 'See the cause; the file is as it was before the step.' },
  WAQ_SETTINGS_INVALID: { status: 500, fix: 'Correct the file by hand, or remove it to get the defaults.' },
  WAQ_CURSOR_EXPIRED: { status: 410, fix: 'The log was restored or replaced: start again without a cursor.' },
  WAQ_CURSOR_INVALID: { status: 400, fix: 'Use a cursor exactly as it was answered.' },
  WAQ_INSTANCE_UNKNOWN: { status: 404, fix: 'Create the instance first, or name one that exists.' },
  WAQ_INSTANCE_EXISTS: { status: 409, fix: 'Choose another id.' },
  WAQ_TRANSPORT_UNKNOWN: {
    status: 400,
    fix: 'Add the transport plugin to waqtor.config.ts, or choose one that is there.',
  },
  WAQ_SESSION_NOT_READY: { status: 503, fix: 'Pair or start the session; the send was not kept.' },
  WAQ_CHAT_ID_INVALID: { status: 400, fix: 'Write the number with its country code, or a chat id.' },
  WAQ_CSV_INVALID: { status: 400, fix: 'The first line names the columns; one of them holds the phone numbers.' },
  WAQ_TABLE_INVALID: {
    status: 400,
    fix: 'Correct the file where the message says, or tell its format, encoding, delimiter or columns.',
  },
  WAQ_IMPORT_FAILED: { status: 500, fix: 'The file could not be read to its end; see the cause. Import it again.' },
  WAQ_MEDIA_INVALID: { status: 400, fix: 'Send the URL of a file, its content in base64, or a data: URL.' },
  WAQ_MEDIA_TOO_LARGE: {
    status: 413,
    fix: 'Raise `media.maxBytes` of the messages plugin; WhatsApp itself takes 16 MB of most kinds.',
  },
  WAQ_NOT_FOUND: { status: 404, fix: 'Check the id.' },
  WAQ_CONFLICT: { status: 409, fix: 'Look at the present state and try again.' },
  WAQ_SEND_FAILED: { status: 502, fix: 'WhatsApp refused the message; nothing was sent.' },
  WAQ_SEND_UNKNOWN: {
    status: 504,
    fix: 'It is not known yet whether the message left. Repeat with the same Idempotency-Key: it is never sent twice.',
  },
  WAQ_ACTION_REFUSED: {
    status: 409,
    fix: 'WhatsApp does not allow it: the message is gone, is not yours, or is too old to be changed.',
  },
  WAQ_ACTION_UNKNOWN: {
    status: 504,
    fix: 'It is not known whether it was done. Repeat it: doing it twice changes nothing more.',
  },
  WAQ_ACTION_UNSUPPORTED: { status: 501, fix: 'The transport of this instance cannot do it.' },
  WAQ_IDEMPOTENCY_MISMATCH: { status: 422, fix: 'The key was used for another request: take a new one.' },
  WAQ_IDEMPOTENCY_IN_FLIGHT: {
    status: 409,
    fix: 'The first request with this key is still running: try again in a second.',
  },
  WAQ_FEATURE_LOCKED: {
    status: 403,
    fix: 'Enter an access code (`POST /access/verify`), or ask for one (`POST /access/request`).',
  },
  WAQ_ACCESS_CODE_REFUSED: {
    status: 403,
    fix: 'Check the digits, or ask for a new code. `GET /access/features` tells whether you must wait before codes are looked at.',
  },
  WAQ_AUDIT_UNAVAILABLE: {
    status: 503,
    fix: 'Nothing was done: the audit log could not be written, and without it no sensitive action is taken. See the log for the cause.',
  },
  WAQ_RATE_LIMITED: { status: 429, fix: 'Wait for the time in Retry-After.' },
  WAQ_URL_INVALID: { status: 400, fix: 'Give a whole URL, http:// or https://, without a user or a password in it.' },
  WAQ_URL_REFUSED: {
    status: 400,
    fix: 'Use a public address. One in your own network must be listed as host:port in `allowPrivate` of the plugin.',
  },
  WAQ_OUTGOING_FAILED: {
    status: 502,
    fix: 'The other server could not be reached, or broke off; `reason` says more. Check the URL, or try again later.',
  },
  WAQ_OUTGOING_TIMEOUT: { status: 504, fix: 'The other server took too long: make it answer faster, or try again.' },
  WAQ_OUTGOING_TOO_LARGE: { status: 413, fix: 'The other server answered more than is taken.' },
  WAQ_BODY_TOO_LARGE: { status: 413, fix: 'Send less at once.' },
  WAQ_ROUTE_UNKNOWN: { status: 404, fix: 'Look the path up in the API reference, `/api/v2/reference`.' },
  WAQ_METHOD_NOT_ALLOWED: { status: 405, fix: 'Use one of the methods named in the Allow header.' },
  WAQ_MEDIA_TYPE_UNSUPPORTED: { status: 415, fix: 'Send the body as `Content-Type: application/json`, in UTF-8.' },
  WAQ_JSON_INVALID: { status: 400, fix: 'Send one JSON object, in UTF-8, nested at most 32 deep.' },
} as const satisfies Record<`WAQ_${string}`, { status: number; fix: string }>

export type SharedErrorCode = keyof typeof errorCodes
