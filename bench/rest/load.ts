/** The caller, in a process of its own: as many requests as the server answers. */
import autocannon from 'autocannon'
import { answerTask } from '../kit/process.ts'
import { body, key, path } from './work.ts'

export interface LoadTask {
  readonly address: string
  readonly seconds: number
}

export interface LoadResult {
  readonly requests: number
  readonly perSecond: number
  readonly p99Ms: number
}

answerTask(async ({ address, seconds }: LoadTask): Promise<LoadResult> => {
  const result = await autocannon({
    url: `${address}${path}`,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify(body),
    connections: 50,
    duration: seconds,
  })
  if (result.non2xx + result.errors > 0)
    throw new Error(`${address} refused ${result.non2xx} requests and broke off ${result.errors}`)
  return {
    requests: result.requests.total,
    perSecond: result.requests.total / result.duration,
    p99Ms: result.latency.p99,
  }
})
