/**
 * A customer who asks as fast as the server answers, in a process of its own: who is measured beside it waits for the server,
 * and not for the customer.
 */
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { answerTask } from '../../kit/process.ts'

export interface Greed {
  readonly url: string
  readonly key: string
  readonly connections: number
  readonly seconds: number
}

export interface Answered {
  readonly asked: number
  readonly refused: number
  /** Refusals that did not say when to come back. */
  readonly silent: number
}

answerTask(async ({ url, key, connections, seconds }: Greed): Promise<Answered> => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const over = performance.now() + seconds * 1_000
  const answered = { asked: 0, refused: 0, silent: 0 }
  // A machine that is very busy takes longer to be asked too much.
  const isOver = () => performance.now() > (answered.refused > 0 ? over : over + 60_000)
  const ask = async () => {
    while (!isOver()) {
      const [response] = (await once(get(url, { agent, headers: { 'X-API-Key': key } }), 'response')) as [
        IncomingMessage,
      ]
      await once(response.resume(), 'end')
      answered.asked++
      if (response.statusCode !== 429) continue
      answered.refused++
      if (!(Number(response.headers['retry-after']) >= 1)) answered.silent++
    }
  }
  await Promise.all(Array.from({ length: connections }, ask))
  return answered
})
