import { startRealtime } from '../fixtures/start-realtime.ts'
import type { TestClient } from '../fixtures/test-client.ts'
import { Happened, record } from '../fixtures/things.ts'

/** The numbers of the events that a client has heard, once there are so many. */
export const numbers = async (client: TestClient, count: number): Promise<number[]> =>
  (await client.data('event', count)).map(({ data }) => data.n)

/** What a client has seen that was away again and again. */
export interface Breaks {
  /** The numbers of the events that came, in their order. */
  readonly seen: readonly number[]
  /** Events that were recorded, numbered from 1. */
  readonly written: number
  /** How often the state after coming back was not that which the command answers. */
  readonly stale: number
}

/** A client that loses its connection at drawn moments while things change, and comes back after what it has seen. */
export async function breaks({ rounds, seed }: { readonly rounds: number; readonly seed: number }): Promise<Breaks> {
  await using it = await startRealtime({ config: { connectionsPerAddress: 10_000, clientsPerPrincipal: 10_000 } })
  let state = seed
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
  let written = 0
  let stale = 0
  const change = async (times: number) => {
    for (let i = 0; i < times; i++) {
      it.things.count++
      await record(it, Happened, ++written)
    }
  }
  const seen: number[] = []
  for (let round = 0; round < rounds; round++) {
    const things = await it.open('/things')
    if ((await things.data('count')).at(-1).count !== it.things.count) stale++
    const client = await it.open('/events')
    const { problem } = await client.ask('subscribe', { after: seen.length })
    if (problem) throw new Error(`a client that came back was refused: ${JSON.stringify(problem)}`)
    await change(Math.floor(random() * 4))
    const missed = written - seen.length
    if (missed > 0) seen.push(...(await numbers(client, missed)).slice(0, missed))
    // Gone for a while, at any moment.
    const writing = change(Math.floor(random() * 6))
    if (random() < 0.5) await writing
    client.close()
    things.close()
    await writing
  }
  const last = await it.open('/events')
  await last.ask('subscribe', { after: seen.length })
  if (written > seen.length) seen.push(...(await numbers(last, written - seen.length)))
  return { seen, written, stale }
}
