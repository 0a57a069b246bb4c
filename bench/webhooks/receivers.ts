/** The other systems, in a process of their own: nine that answer at once, and one that never does. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Ports {
  readonly healthy: readonly number[]
  readonly hanging: number
}

/** What came in since the last report. */
export interface Report {
  /** Milliseconds from the event to its arrival, for each delivery to a healthy one. */
  readonly delays: readonly number[]
  /** When the last of them arrived. Milliseconds since 1970. */
  readonly last: number
  /** How many deliveries hang at this moment. */
  readonly hanging: number
}

let delays: number[] = []
let last = 0
let hanging = 0

const take: RequestListener = async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString()
  last = performance.timeOrigin + performance.now()
  delays.push(last - JSON.parse(body).data.at)
  response.writeHead(204).end()
}
const hang: RequestListener = (_, response) => {
  hanging++
  response.on('close', () => hanging--)
}

async function listen(handler: RequestListener): Promise<number> {
  const server = createServer({ keepAliveTimeout: 30_000 }, handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const healthy = await Promise.all(Array.from({ length: 9 }, () => listen(take)))
process.send?.({ healthy, hanging: await listen(hang) } satisfies Ports)
process.on('message', () => {
  process.send?.({ delays, last, hanging } satisfies Report)
  delays = []
})
process.on('disconnect', () => process.exit(0))
