import { apiKey, type Stack } from '@waqtor/host/testing'
import { attacks, brokenHandshakes, RawClient } from '@waqtor/plugin-realtime/testing'
import { stand } from '../kit/stand.ts'
import { until } from '../kit/until.ts'
import { collectable, keptMb } from './memory.ts'
import { below, counted, type Trial } from './trial.ts'

const path = '/events'

/** Clients of the live channels that speak to do harm. */
export const hostileFrames: Trial = {
  rows: 'E5',
  name: 'hostile-frames',
  summary: 'frames that no client sends that means well, and 5,000 handshakes that are broken off',
  async *run({ short }) {
    await using place = await stand()
    const { stack } = place
    const host = await stack.startHost({ nodeFlags: collectable })
    // What everybody needs who comes first.
    await assault(stack, short ? 1 : 3, 200)
    const before = await keptMb(host)
    const rounds = short ? 2 : 20
    const handshakes = short ? 200 : 5_000
    await assault(stack, rounds / 2, handshakes / 2)
    const middle = await keptMb(host)
    await assault(stack, rounds / 2, handshakes / 2)
    const after = await keptMb(host)
    yield counted(
      `connections left of ${rounds * attacks.length} hostile clients and ${handshakes} handshakes`,
      await open(stack),
      0,
    )
    yield counted('the status of /health afterwards', (await stack.request('GET', '/health')).status, 200)
    const second = Math.round((after - middle) * 10) / 10
    yield below(`memory that they left behind, ${second} MB of it in the second half`, after - before, 20, 'MB')
  },
}

/** @throws when a connection outlives its attack by a minute */
async function assault(stack: Stack, rounds: number, handshakes: number): Promise<void> {
  const place = { url: stack.address }
  for (let round = 0; round < rounds; round++)
    for (const [what, attack] of attacks) {
      const client = await (await RawClient.open(place)).join(path, apiKey)
      attack(client, path)
      await until(`a client is cut off after ${what}`, () => client.socket.destroyed)
    }
  await brokenHandshakes(place, handshakes)
  await until('no connection is left', async () => (await open(stack)) === 0)
}

async function open(stack: Stack): Promise<number> {
  const { body } = await stack.request('GET', '/api/v2/realtime/stats')
  return body.connections
}
