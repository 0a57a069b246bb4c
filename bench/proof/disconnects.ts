import { setTimeout as pause } from 'node:timers/promises'
import { Campaign } from './kit/campaign.ts'
import { chance as draw } from './kit/chance.ts'
import { latency, stand } from './kit/stand.ts'
import type { Ordeal } from './ordeal.ts'

/** The connection breaks again and again; the host runs on. */
export const disconnects: Ordeal = {
  name: 'disconnects',
  summary: 'the network drops the connection 20 times and stays away for up to three seconds',
  async *run({ short, seed }) {
    const { recipients, breaks } = short ? { recipients: 400, breaks: 3 } : { recipients: 5_000, breaks: 20 }
    for (const inFlight of short ? [8] : [1, 50]) {
      const chance = draw(seed)
      await using standing = await stand()
      const { stack } = standing
      await stack.control({ latencyMs: latency(recipients, inFlight, 20_000), ackDelayMs: 50, dropAckRate: 0.02 })
      await stack.startHost()
      const campaign = await Campaign.start(stack, { recipients, inFlight })
      let blows = 0
      for (let size = 0; blows < breaks && !(await campaign.isSent()); size = await campaign.logSize()) {
        await campaign.goOn(size)
        await pause(chance.between(1, 500))
        await stack.control({ disconnect: chance.between(0, short ? 300 : 3_000) })
        blows++
      }
      yield { what: `${inFlight} in flight`, blows, ...(await campaign.settle()) }
    }
  },
}
