import type { Statements, Tx } from '@waqtor/contracts'
import type { NotificationRow, Subject } from '../store.ts'

/** A notification that goes to one person by one channel. */
export interface Delivery {
  readonly id: number
  readonly seq: number
  readonly userId: string
  readonly channel: string
  /** Tries that failed. */
  readonly attempts: number
}

export interface PlannedRow extends NotificationRow, Subject {}

/** Notifications for which no deliveries have been made yet, oldest first. */
export function unplanned(file: Statements, limit: number): Promise<PlannedRow[]> {
  return file.all<PlannedRow>(
    `SELECT n.*, coalesce(s.event, '') AS event, coalesce(s.permission, '') AS permission, nullif(s.instance, '') AS instance
     FROM notifications n LEFT JOIN notification_subjects s ON s.id = n.subject
     WHERE n.seq > (SELECT planned FROM notification_book) ORDER BY n.seq LIMIT ?`,
    [limit],
  )
}

export interface Subscriber {
  readonly userId: string
  /** JSON */
  readonly preferences: string
}

/** Who wants notifications by some channel. */
export function subscribers(file: Statements): Promise<Subscriber[]> {
  return file.all<Subscriber>('SELECT user_id AS userId, preferences FROM notification_readers WHERE has_channels = 1')
}

export type NewDelivery = Pick<Delivery, 'seq' | 'userId' | 'channel'>

/** Makes deliveries, and remembers up to where they are made. */
export async function plan(tx: Tx, deliveries: readonly NewDelivery[], upTo: number, now: number): Promise<void> {
  await tx.run(
    `INSERT OR IGNORE INTO notification_deliveries (seq, user_id, channel, due_at)
     SELECT value ->> 0, value ->> 1, value ->> 2, ? FROM jsonb_each(?)`,
    [now, JSON.stringify(deliveries.map((it) => [it.seq, it.userId, it.channel]))],
  )
  await tx.run('UPDATE notification_book SET planned = max(planned, ?)', [upTo])
}

export type DueDelivery = Delivery &
  Omit<NotificationRow, 'user_id' | 'subject'> & {
    readonly notificationId: string
    /** JSON; null where the person has never said anything. */
    readonly preferences: string | null
    readonly isSettled: 0 | 1
  }

/** What is due, the one that has waited longest first. `isSettled`: read or taken away in the meantime. */
export function due(file: Statements, now: number, limit: number): Promise<DueDelivery[]> {
  return file.all<DueDelivery>(
    `SELECT d.id, d.seq, d.user_id AS userId, d.channel, d.attempts, n.id AS notificationId, n.type, n.title, n.message, n.text_key,
       n.text_fields, n.icon, n.link, n.created_at, r.preferences, (m.state IS NOT NULL OR n.seq <= coalesce(r.read_up_to, 0)) AS isSettled
     FROM notification_deliveries d JOIN notifications n ON n.seq = d.seq
     LEFT JOIN notification_readers r ON r.user_id = d.user_id
     LEFT JOIN notification_marks m ON m.user_id = d.user_id AND m.seq = d.seq
     WHERE d.due_at <= ? ORDER BY d.due_at LIMIT ?`,
    [now, limit],
  )
}

/** When the next one is due; null when none waits. Of the same ones as `due`, or whoever waits would look for ever. */
export async function nextDue(file: Statements): Promise<number | null> {
  return (await file.get<{ at: number | null }>(
    'SELECT min(d.due_at) AS at FROM notification_deliveries d JOIN notifications n ON n.seq = d.seq',
  ))!.at
}

export async function putOff(tx: Tx, id: number, attempts: number, dueAt: number): Promise<void> {
  await tx.run('UPDATE notification_deliveries SET attempts = ?, due_at = ? WHERE id = ?', [attempts, dueAt, id])
}

export async function settle(tx: Tx, id: number): Promise<void> {
  await tx.run('DELETE FROM notification_deliveries WHERE id = ?', [id])
}
