import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Launch } from '@waqtor/host/testing'
import Sqlite from 'better-sqlite3'
import { Campaign } from '../kit/campaign.ts'
import { type Chance, chance } from '../kit/chance.ts'
import { latency, stand } from '../kit/stand.ts'
import { type Ordeal, type Part, sum } from '../ordeal.ts'
import { readTree, writeTree } from './disk.ts'
import { Recording } from './recording.ts'

/** The power goes: what was written and not synced is lost, or half of it is. */
export const powerCut: Ordeal = {
  name: 'power-cut',
  summary: 'un-synced writes dropped, by sectors and at random, and every database checked after each cut',
  async *run({ short, seed }) {
    const { recipients, wanted } = short ? { recipients: 400, wanted: 4 } : { recipients: 5_000, wanted: 50 }
    for (const inFlight of short ? [8] : [1, 50]) {
      const campaigns: Omit<Part, 'what'>[] = []
      for (let cuts = wanted; cuts > 0; cuts -= campaigns.at(-1)!.blows) {
        const drawn = chance(seed * 1_000 + campaigns.length)
        campaigns.push(await cutCampaign({ recipients, inFlight, cuts, chance: drawn }))
      }
      yield sum(`${inFlight} in flight`, campaigns)
    }
  },
}

export interface CutOptions {
  readonly recipients: number
  readonly inFlight: number
  /** At most so many counted cuts. */
  readonly cuts: number
  readonly chance: Chance
  readonly launch?: Launch
}

/** One campaign whose machine loses its power again and again. */
export async function cutCampaign({ chance, ...options }: CutOptions): Promise<Omit<Part, 'what'>> {
  const { recipients, inFlight } = options
  await using standing = await stand()
  const { stack } = standing
  const recording = await Recording.of(stack, options.launch)
  await stack.control({ latencyMs: latency(recipients, inFlight), ackDelayMs: 50, dropAckRate: 0.02 })
  let before = new Map<string, Buffer>()
  let host = await stack.startHost(recording.launch)
  const campaign = await Campaign.start(stack, { recipients, inFlight })

  const wrong: string[] = []
  let cuts = 0
  let cutAt = 0
  // A product that loses its campaign sends nothing more, and would be waited for in vain.
  for (let idle = 0; idle < 2; ) {
    await campaign.goOn(cutAt)
    await pause(chance.between(1, 800))
    await host.end('SIGKILL')
    const after = recording.cut(before, chance)
    recording.clear()
    wrong.push(...damages(after, stack.directory))
    writeTree(stack.data, after)
    const size = await campaign.logSize()
    const isSent = await campaign.isSent()
    if (size > cutAt && !isSent) cuts++
    idle = size > cutAt ? 0 : idle + 1
    cutAt = size
    before = readTree(stack.data)
    host = await stack.startHost(recording.launch)
    if (isSent || cuts >= options.cuts) break
  }
  const verdict = await campaign.settle()
  return { ...verdict, wrong: [...verdict.wrong, ...wrong], blows: cuts }
}

/** Whatever `PRAGMA integrity_check` finds in copies of the databases, for opening one mends it. */
function damages(files: ReadonlyMap<string, Buffer>, directory: string): string[] {
  const scratch = mkdtempSync(join(directory, 'check-'))
  try {
    for (const [path, bytes] of files) writeFileSync(join(scratch, path.replaceAll('/', '_')), bytes)
    const databases = [...files.keys()].filter((it) => it.endsWith('.db') && basename(it) !== 'lock.db')
    return databases.flatMap((path) => {
      const database = new Sqlite(join(scratch, path.replaceAll('/', '_')))
      const found = database.pragma('integrity_check', { simple: true })
      database.close()
      return found === 'ok' ? [] : [`${path}: ${found}`]
    })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
