import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
// Light entries only: what this thread loads, the process holds a second time.
import { WaqtorError } from '@waqtor/kernel/errors'
import { batchesAhead, type ImportMessage, type ImportTask } from './import-rows.ts'
import { mapColumns, namedColumns } from './mapping.ts'
import { People } from './people.ts'
import { readTable } from './read-table.ts'

// Runs in a thread of its own: a million rows take half a minute of nothing else.
const port = parentPort!
const say = (message: ImportMessage) => port.postMessage(message)
const { path, options } = workerData as ImportTask
let wanted = batchesAhead
port.on('message', () => {
  wanted++
})

try {
  let people: People | undefined
  for await (const batch of readTable(path, options, namedColumns(options.mapping))) {
    const { columns } = batch.table
    people ??= new People(columns, mapColumns(columns, options.mapping), options.defaultCountry)
    while (wanted === 0) await once(port, 'message')
    wanted--
    say({ kind: 'batch', json: JSON.stringify(people.read(batch)) })
  }
  say({ kind: 'end' })
} catch (error) {
  // Other errors are those of the file system or of ours, and end the thread.
  if (!(error instanceof WaqtorError)) throw error
  say({ kind: 'invalid', message: error.message })
}
port.close()
