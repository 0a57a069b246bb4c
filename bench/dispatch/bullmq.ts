/** The same campaign as jobs: one for each recipient, which does nothing. BullMQ keeps what became of each, as WaQtor does. */
import { Queue, Worker } from 'bullmq'
import { answerTask } from '../kit/process.ts'
import { Stopwatch } from './stopwatch.ts'
import { chunks, type DispatchResult, type DispatchTask, phoneOf } from './task.ts'

answerTask(async ({ recipients, inFlight, redisPort }: DispatchTask): Promise<DispatchResult> => {
  const connection = { host: '127.0.0.1', port: redisPort!, maxRetriesPerRequest: null }
  const queue = new Queue('dispatch', { connection })
  const stopwatch = new Stopwatch()
  for (const { first, size } of chunks(recipients)) {
    await queue.addBulk(
      Array.from({ length: size }, (_, i) => ({
        name: 'send',
        data: { to: phoneOf(first + i), variables: { name: `Nadia ${first + i}` } },
      })),
    )
  }
  const worker = new Worker('dispatch', async () => {}, { connection, concurrency: inFlight, autorun: false })
  await worker.waitUntilReady()
  const completed = Promise.withResolvers<void>()
  let count = 0
  worker.on('completed', () => {
    if (++count === recipients) completed.resolve()
  })
  worker.on('failed', (_, error) => completed.reject(error))
  stopwatch.started()
  worker.run().catch(completed.reject)
  await completed.promise
  const result = stopwatch.ended(recipients)
  await worker.close()
  await queue.close()
  return result
})
