import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { Campaign } from './kit/campaign.ts'
import { chance as draw } from './kit/chance.ts'
import { latency, stand } from './kit/stand.ts'
import type { Ordeal } from './ordeal.ts'

/** As `stopTimeoutMs` of the host is when nothing is said. */
const limitMs = 9_500

/** The host is asked to stop while it sends, as every restart of a service does. */
export const sigterm: Ordeal = {
  name: 'sigterm',
  summary:
    'a graceful stop while sending, also on a network that hangs: code 0, in time, nothing in doubt beyond what was under way',
  async *run({ short, seed }) {
    const { recipients, stops } = short ? { recipients: 300, stops: 3 } : { recipients: 5_000, stops: 100 }
    for (const inFlight of short ? [8] : [1, 50]) {
      const chance = draw(seed)
      const wrong: string[] = []
      const times: number[] = []
      await using standing = await stand()
      const { stack } = standing
      await stack.control({ latencyMs: latency(recipients, inFlight, short ? 3_000 : 40_000), ackDelayMs: 50 })
      let host = await stack.startHost()
      const campaign = await Campaign.start(stack, { recipients, inFlight })
      for (let size = 0; times.length < stops && !(await campaign.isSent()); size = await campaign.logSize()) {
        await campaign.goOn(size)
        await pause(chance.between(1, 300))
        const hangs = !short && chance.happens(0.1)
        if (hangs) await stack.control({ hang: true })
        const began = performance.now()
        const code = await host.end('SIGTERM')
        times.push(performance.now() - began)
        if (code !== 0) wrong.push(`a stop ended with code ${code}: ${host.lines.at(-1)}`)
        // The host holds itself to it as well, and says so by its code; the clock here measures the machine, too.
        if (!short && times.at(-1)! > limitMs + 500) wrong.push(`a stop took ${Math.round(times.at(-1)!)} ms`)
        const doubtful = inDoubt(join(stack.data, 'instances/default/waqtor.db'))
        if (doubtful > inFlight) wrong.push(`a stop left ${doubtful} rows in doubt`)
        if (hangs) await stack.control({ hang: false })
        host = await stack.startHost()
      }
      const verdict = await campaign.settle()
      const longest = Math.round(Math.max(...times))
      yield {
        what: `${inFlight} in flight, at most ${longest} ms`,
        blows: times.length,
        ...verdict,
        wrong: [...verdict.wrong, ...wrong],
      }
    }
  },
}

function inDoubt(path: string): number {
  const database = new Sqlite(path, { readonly: true })
  try {
    return Number(
      database
        .prepare("SELECT count(*) FROM outbox WHERE state IN ('claimed', 'sending', 'unknown', 'reconciling')")
        .pluck()
        .get(),
    )
  } finally {
    database.close()
  }
}
