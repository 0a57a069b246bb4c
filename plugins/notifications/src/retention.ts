import type { DatabaseFile } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import { prune } from './store.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface RetentionOptions {
  /** Opens the host's file. */
  readonly host: () => Promise<DatabaseFile>
  readonly keepDays: number
  /** So many are kept, whatever their age. */
  readonly keep: number
  readonly log: Logger
}

/** Removes old notifications, now and every hour. @returns the undo */
export function startRetention({ host, keepDays, keep, log }: RetentionOptions): () => void {
  const run = async () => {
    const now = Date.now()
    try {
      const file = await host()
      await file.write((tx) => prune(tx, now - keepDays * DAY_MS, keep, now))
    } catch (error) {
      log.warn('old notifications could not be removed; the next try is in an hour', { problem: messageOf(error) })
    }
  }
  const timer = setInterval(() => void run(), HOUR_MS).unref()
  void run()
  return () => clearInterval(timer)
}
