import { parentPort, workerData } from 'node:worker_threads'
import { openReader } from './connection.ts'

// Runs in a thread of its own: a look at every page of a big file takes seconds.
const db = openReader(workerData as string)
try {
  parentPort?.postMessage(db.pragma('quick_check(1)', { simple: true }))
} finally {
  db.close()
}
