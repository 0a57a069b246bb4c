import type { NoticeText, Notification, Statements, Tx } from '@waqtor/contracts'
import type { Fold } from './fold.ts'

/** What a notification for everybody is about: who may see that, may see it. */
export interface Subject {
  /** The id of the event. */
  readonly event: string
  readonly permission: string
  /** The account, or `null` for the host. */
  readonly instance: string | null
}

export interface StoredSubject extends Subject {
  readonly id: number
}

export interface NotificationRow {
  readonly seq: number
  readonly id: string
  /** Whose it is; null where it has a subject. */
  readonly user_id: string | null
  readonly subject: number | null
  readonly type: Notification['type']
  readonly title: string
  readonly message: string
  readonly text_key: string | null
  /** JSON. */
  readonly text_fields: string | null
  readonly icon: string | null
  readonly link: string | null
  readonly created_at: number
}

export type NewNotification = NoticeText & {
  readonly id: string
  readonly createdAt: number
  /** Where it comes from, at most once. */
  readonly source: string | null
} & ({ readonly userId: string } | { readonly subject: number })

/** What one person sees: their own, and what is about these subjects, of these types. */
export interface View {
  readonly userId: string
  readonly subjects: readonly number[]
  readonly types: readonly string[]
  /** Everything up to here has been read. */
  readonly readUpTo: number
}

/** As JSON binds: the person, and what they may see. */
const seen = `(n.user_id = ? OR n.subject IN (SELECT value FROM json_each(?)))
  AND n.type IN (SELECT value FROM json_each(?)) AND m.state IS NOT 'deleted'`
const marked = 'notifications n LEFT JOIN notification_marks m ON m.user_id = ? AND m.seq = n.seq'
const bound = ({ userId, subjects, types }: View) => [userId, userId, JSON.stringify(subjects), JSON.stringify(types)]

/** The number of a subject, which is made when it is new. */
export async function subjectId(tx: Tx, { event, permission, instance }: Subject): Promise<number> {
  const key = [event, permission, instance ?? '']
  const known = await tx.get<{ id: number }>(
    'SELECT id FROM notification_subjects WHERE event = ? AND permission = ? AND instance = ?',
    key,
  )
  if (known) return known.id
  const made = await tx.run('INSERT INTO notification_subjects (event, permission, instance) VALUES (?, ?, ?)', key)
  return made.lastInsertRowid
}

export async function subjects(file: Statements): Promise<StoredSubject[]> {
  const rows = await file.all<StoredSubject & { instance: string }>(
    'SELECT id, event, permission, instance FROM notification_subjects',
  )
  return rows.map((it) => ({ ...it, instance: it.instance === '' ? null : it.instance }))
}

/** Answers the row; nothing when one from this source is there already. */
export function insert(tx: Tx, it: NewNotification): Promise<NotificationRow | undefined> {
  return tx.get<NotificationRow>(
    `INSERT INTO notifications (id, user_id, subject, type, title, message, text_key, text_fields, icon, link,
       source, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source) DO NOTHING RETURNING *`,
    [
      it.id,
      'userId' in it ? it.userId : null,
      'subject' in it ? it.subject : null,
      it.type,
      it.title,
      it.message,
      it.key ?? null,
      it.key === undefined ? null : JSON.stringify(it.fields ?? {}),
      it.icon ?? null,
      it.link ?? null,
      it.source,
      it.createdAt,
    ],
  )
}

export type ListedRow = NotificationRow & { readonly is_read: 0 | 1 }

/** Newest first, those before `before`. */
export function list(
  file: Statements,
  view: View,
  { before, limit, unread }: { readonly before: number; readonly limit: number; readonly unread: boolean },
): Promise<ListedRow[]> {
  return file.all<ListedRow>(
    `SELECT n.*, (n.seq <= ? OR m.state IS 'read') AS is_read FROM ${marked}
     WHERE ${seen} AND n.seq < ? ${unread ? "AND n.seq > ? AND m.state IS NOT 'read'" : ''} ORDER BY n.seq DESC LIMIT ?`,
    [view.readUpTo, ...bound(view), before, ...(unread ? [view.readUpTo] : []), limit],
  )
}

/** One that this person sees. */
export function find(file: Statements, view: View, id: string): Promise<ListedRow | undefined> {
  return file.get<ListedRow>(
    `SELECT n.*, (n.seq <= ? OR m.state IS 'read') AS is_read FROM ${marked} WHERE ${seen} AND n.id = ?`,
    [view.readUpTo, ...bound(view), id],
  )
}

export async function countUnread(file: Statements, view: View): Promise<number> {
  const row = await file.get<{ n: number }>(
    `SELECT count(*) AS n FROM ${marked} WHERE ${seen} AND n.seq > ? AND m.state IS NOT 'read'`,
    [...bound(view), view.readUpTo],
  )
  return row!.n
}

export async function mark(tx: Tx, userId: string, seq: number, state: 'read' | 'deleted'): Promise<void> {
  await tx.run(
    `INSERT INTO notification_marks (user_id, seq, state) VALUES (?, ?, ?)
     ON CONFLICT (user_id, seq) DO UPDATE SET state = excluded.state`,
    [userId, seq, state],
  )
}

/** Everything that there is counts as read from now on, also what this person does not see yet. */
export async function markAll(tx: Tx, userId: string): Promise<void> {
  const last = await tx.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM notifications')
  await tx.run(
    `INSERT INTO notification_readers (user_id, read_up_to) VALUES (?, ?)
     ON CONFLICT (user_id) DO UPDATE SET read_up_to = max(read_up_to, excluded.read_up_to)`,
    [userId, last?.seq ?? 0],
  )
  await tx.run("DELETE FROM notification_marks WHERE user_id = ? AND state = 'read'", [userId])
}

export async function remove(tx: Tx, seq: number): Promise<void> {
  await tx.run('DELETE FROM notifications WHERE seq = ?', [seq])
  for (const table of ['notification_marks', 'notification_deliveries'])
    await tx.run(`DELETE FROM ${table} WHERE seq = ?`, [seq])
}

export interface ReaderRow {
  readonly user_id: string
  readonly read_up_to: number
  /** JSON */
  readonly preferences: string | null
}

export function reader(file: Statements, userId: string): Promise<ReaderRow | undefined> {
  return file.get<ReaderRow>('SELECT user_id, read_up_to, preferences FROM notification_readers WHERE user_id = ?', [
    userId,
  ])
}

export async function savePreferences(tx: Tx, userId: string, json: string, hasChannels: boolean): Promise<void> {
  await tx.run(
    `INSERT INTO notification_readers (user_id, preferences, has_channels) VALUES (?, ?, ?)
     ON CONFLICT (user_id) DO UPDATE SET preferences = excluded.preferences, has_channels = excluded.has_channels`,
    [userId, json, hasChannels ? 1 : 0],
  )
}

export async function loadFold(tx: Tx, key: string): Promise<Fold | undefined> {
  return tx.get<Fold>(
    'SELECT told_at AS toldAt, last_at AS lastAt, times, untold FROM notification_folds WHERE key = ?',
    [key],
  )
}

export async function saveFold(tx: Tx, key: string, { toldAt, lastAt, times, untold }: Fold): Promise<void> {
  await tx.run(
    `INSERT INTO notification_folds (key, told_at, last_at, times, untold) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET told_at = excluded.told_at, last_at = excluded.last_at, times = excluded.times,
       untold = excluded.untold`,
    [key, toldAt, lastAt, times, untold],
  )
}

/** What happened before this moment is no news. Milliseconds since 1970. */
export async function since(file: Statements): Promise<number> {
  return (await file.get<{ since: number }>('SELECT since FROM notification_book'))!.since
}

/** Removes what was about an account, with everything that hangs on it. */
export async function forgetInstance(tx: Tx, instance: string): Promise<void> {
  await tx.run('DELETE FROM notifications WHERE subject IN (SELECT id FROM notification_subjects WHERE instance = ?)', [
    instance,
  ])
  await sweep(tx)
}

/** Marks and deliveries of notifications that there are no more. */
async function sweep(tx: Tx): Promise<void> {
  for (const table of ['notification_marks', 'notification_deliveries'])
    await tx.run(`DELETE FROM ${table} WHERE seq NOT IN (SELECT seq FROM notifications)`)
}

const aDayMs = 24 * 3_600_000

/**
 * Removes what is older than `before`, and the oldest beyond `most`, with everything that hangs on them.
 * @returns how many notifications went
 */
export async function prune(tx: Tx, before: number, most: number, now: number): Promise<number> {
  const { changes } = await tx.run(
    `DELETE FROM notifications WHERE created_at < ?
       OR seq <= (SELECT seq FROM notifications ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
    [before, most],
  )
  await sweep(tx)
  await tx.run(
    'DELETE FROM notification_subjects WHERE id NOT IN (SELECT subject FROM notifications WHERE subject IS NOT NULL)',
  )
  await tx.run('DELETE FROM notification_folds WHERE last_at < ?', [now - aDayMs])
  return changes
}

/** As one person sees it. */
export function asSeenBy(userId: string, row: NotificationRow, read: boolean): Notification {
  const { id, type, title, message, text_key, text_fields, icon, link, created_at } = row
  return {
    id,
    userId,
    type,
    title,
    message,
    ...(text_key !== null && { key: text_key, fields: JSON.parse(text_fields ?? '{}') }),
    ...(icon !== null && { icon }),
    ...(link !== null && { link }),
    read,
    createdAt: created_at,
  }
}
