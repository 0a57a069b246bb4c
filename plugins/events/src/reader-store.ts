import type { DatabaseFile, Tx } from '@waqtor/contracts'
import type { LogFile } from './log-file.ts'

interface Position {
  readonly log: string
  readonly sequence: number
}

/** Where a reader goes on in a log: at its beginning when the log in this place is another one than before. */
export async function loadCursor(host: DatabaseFile, reader: string, log: LogFile): Promise<number> {
  const row = await host.get<Position>('SELECT log, sequence FROM event_readers WHERE reader = ? AND file = ?', [
    reader,
    log.name,
  ])
  return row?.log === log.identity ? row.sequence : 0
}

export async function saveCursor(tx: Tx, reader: string, log: LogFile, sequence: number): Promise<void> {
  await tx.run(
    `INSERT INTO event_readers (reader, file, log, sequence, updated_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (reader, file) DO UPDATE SET log = excluded.log, sequence = excluded.sequence, updated_at = excluded.updated_at`,
    [reader, log.name, log.identity, sequence, Date.now()],
  )
}

/**
 * Recognises a log that was put back to an earlier day: some reader has been further than it goes. It then gets a new
 * identity, so that old cursors are refused instead of leading into events that were never seen; readers who had been
 * beyond its end go on from there, all others from where they were.
 */
export async function recogniseRestored(host: DatabaseFile, log: LogFile): Promise<LogFile> {
  const last = await log.last()
  const beyond = await host.get<Position>(
    'SELECT log, sequence FROM event_readers WHERE file = ? AND log = ? AND sequence > ? LIMIT 1',
    [log.name, log.identity, last],
  )
  if (!beyond) return log
  const renamed = await log.renamed()
  await host.write((tx) =>
    tx.run('UPDATE event_readers SET log = ?, sequence = min(sequence, ?) WHERE file = ? AND log = ?', [
      renamed.identity,
      last,
      log.name,
      log.identity,
    ]),
  )
  return renamed
}

/**
 * The sequence up to which every reader has come; 0 when one of those that run has not begun.
 * Readers of plugins that are gone count until they have been silent since `silentSince`.
 */
export async function slowestReader(
  host: DatabaseFile,
  log: LogFile,
  running: readonly string[],
  silentSince: number,
): Promise<number> {
  const rows = await host.all<{ reader: string; sequence: number; updated_at: number }>(
    'SELECT reader, sequence, updated_at FROM event_readers WHERE file = ? AND log = ?',
    [log.name, log.identity],
  )
  const places = new Map(rows.map((it) => [it.reader, it.sequence]))
  const awaited = rows.filter((it) => it.updated_at >= silentSince || running.includes(it.reader))
  return Math.min(
    Number.MAX_SAFE_INTEGER,
    ...awaited.map((it) => it.sequence),
    ...running.map((it) => places.get(it) ?? 0),
  )
}
