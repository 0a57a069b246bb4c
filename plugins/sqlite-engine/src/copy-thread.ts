import { parentPort, workerData } from 'node:worker_threads'
import SQLite from 'better-sqlite3'

// Runs in a thread of its own: a look at every page of a big file takes seconds.
const db = new SQLite(workerData as string, { fileMustExist: true })
try {
  // The copy stands for itself, in one file: under WAL even a look at it would put two more beside it, and there would be
  // no looking at it at all on a medium that is read-only.
  db.pragma('journal_mode = DELETE')
  parentPort?.postMessage(db.pragma('integrity_check(1)', { simple: true }))
} finally {
  db.close()
}
