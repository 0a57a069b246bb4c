import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Launch } from '@waqtor/host/testing'
import { Campaign } from '../kit/campaign.ts'
import { chance as draw } from '../kit/chance.ts'
import { compile } from '../kit/compile.ts'
import { latency, stand } from '../kit/stand.ts'
import type { Ordeal } from '../ordeal.ts'
import { withoutDrawnIds } from '../seams/variants.ts'

const hour = 3_600
const shifts = [hour, -hour, 24 * hour, -24 * hour]

/** Somebody sets the clock of the machine, while messages are under way and before a crash is cleared up. */
export const clock: Ordeal = {
  name: 'clock',
  summary: 'the wall clock of the host jumps by an hour and by a day, both ways, some times just before a SIGKILL',
  async *run({ short, seed }) {
    const { recipients, jumps } = short ? { recipients: 400, jumps: 4 } : { recipients: 5_000, jumps: 40 }
    for (const drawsIds of short ? [true] : [true, false]) {
      const chance = draw(seed)
      await using standing = await stand()
      const { stack } = standing
      const shift = clockFile(join(stack.directory, 'shift'))
      const library = await compile(fileURLToPath(new URL('./shift.c', import.meta.url)), stack.directory)
      const env = { LD_PRELOAD: library, SHIFT_BY: shift.path }
      const launch: Launch = drawsIds ? { env } : { ...withoutDrawnIds, env: { ...withoutDrawnIds.env, ...env } }
      await stack.control({ latencyMs: latency(recipients, 8, 20_000), ackDelayMs: 50 })
      let host = await stack.startHost(launch)
      const campaign = await Campaign.start(stack, { recipients, inFlight: 8 })

      let blows = 0
      let kills = 0
      for (let size = 0; blows < jumps && !(await campaign.isSent()); size = await campaign.logSize()) {
        await campaign.goOn(size)
        await pause(chance.between(1, 300))
        shift.set(shifts[blows % shifts.length]!)
        blows++
        if (chance.happens(0.7)) continue
        kills++
        await host.end('SIGKILL')
        host = await stack.startHost(launch)
      }
      const what = drawsIds ? '8 in flight' : '8 in flight, ids not drawn beforehand'
      // Without an id, a message whose time does not fit proves nothing: what was under way at a kill may have to be held.
      const mayRest = drawsIds ? 0 : kills * 8
      yield { what, blows, mayRest, ...(await campaign.settle()) }
    }
  },
}

/** The file by which the clock of a host is shifted. */
function clockFile(path: string) {
  const set = (seconds: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(seconds))
    const file = openSync(path, 'r+')
    writeSync(file, bytes)
    closeSync(file)
  }
  closeSync(openSync(path, 'w'))
  set(0)
  return { path, set }
}
