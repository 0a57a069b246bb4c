import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-thread-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

it('a thread takes part in the compile cache of its process, and is handed what it works on', async () => {
  const thread = join(directory, 'thread.mjs')
  await writeFile(
    thread,
    `import { getCompileCacheDir } from 'node:module'
     import { parentPort, workerData } from 'node:worker_threads'
     parentPort.postMessage([workerData, getCompileCacheDir()])`,
  )
  const program = join(directory, 'program.mjs')
  await writeFile(
    program,
    `import { enableCompileCache, getCompileCacheDir } from 'node:module'
     import { pathToFileURL } from 'node:url'
     import { startThread } from ${JSON.stringify(new URL('./thread.ts', import.meta.url))}
     enableCompileCache(${JSON.stringify(join(directory, 'cache'))})
     const worker = startThread(pathToFileURL(${JSON.stringify(thread)}), { workerData: 'task' })
     worker.once('message', (told) => {
       console.log(JSON.stringify({ told, own: getCompileCacheDir() }))
       void worker.terminate()
     })`,
  )
  // In a process of its own: Vitest keeps the cache from one whose coverage it takes.
  const { NODE_DISABLE_COMPILE_CACHE: _, NODE_COMPILE_CACHE: __, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env })
  const { told, own } = JSON.parse(stdout) as { told: unknown; own: string }
  expect(own).toContain(join(directory, 'cache'))
  expect(told).toEqual(['task', own])
})
