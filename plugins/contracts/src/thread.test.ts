import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { enableCompileCache, flushCompileCache, getCompileCacheDir } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { startThread } from './thread.ts'

it('a thread takes part in the compile cache of its process, and is handed what it works on', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'waqtor-thread-'))
  try {
    enableCompileCache(join(directory, 'cache'))
    flushCompileCache()
    const file = join(directory, 'thread.mjs')
    await writeFile(
      file,
      `import { getCompileCacheDir } from 'node:module'
       import { parentPort, workerData } from 'node:worker_threads'
       parentPort.postMessage([workerData, getCompileCacheDir() ?? null])`,
    )
    const worker = startThread(pathToFileURL(file), { workerData: 'task' })
    const [told] = await once(worker, 'message')
    await worker.terminate()
    expect(told).toEqual(['task', getCompileCacheDir()])
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
