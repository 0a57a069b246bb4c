import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Program, Stack } from '@waqtor/host/testing'
import { Campaign } from './kit/campaign.ts'
import { type Chance, chance as draw } from './kit/chance.ts'
import { stand } from './kit/stand.ts'
import { until } from './kit/until.ts'
import type { Row } from './kit/verdict.ts'
import { nothing, type Ordeal } from './ordeal.ts'
import { readTree, writeTree } from './power-cut/disk.ts'

/** What is done to the database, and how often in the full form. */
const damages = {
  'bytes flipped': 80,
  'cut off': 40,
  'first page zeroed': 20,
  'log: bytes flipped': 40,
  'log deleted': 20,
} as const
type Damage = keyof typeof damages

type Files = ReadonlyMap<string, Buffer>

/** What a host made of a damaged database. Whatever else it may make of it is wrong, and told as a text. */
type Found = 'refused' | 'whole' | 'older' | 'changed'

/**
 * A database was damaged while WaQtor was down. Two things nobody can tell from the file: SQLite takes what is left of a
 * damaged log for the whole log, so that the database is whole and older than it should be; and it has no checksums, so
 * that a few bytes changed inside a text are a text. Both are counted, so that the figures say how often.
 */
export const corrupt: Ordeal = {
  name: 'corrupt',
  summary:
    'bytes flipped, the end cut off, the first page zeroed, the log damaged: refused and left as it is, or whole',
  async *run({ short, seed }) {
    const chance = draw(seed)
    await using standing = await stand()
    const { stack } = standing
    const database = join(stack.data, 'instances/default/waqtor.db')
    const { campaign, whole, rows } = await halfDone(stack)
    for (const [damage, often] of Object.entries(damages) as [Damage, number][]) {
      const counts = { refused: 0, whole: 0, older: 0, changed: 0 }
      const wrong: string[] = []
      const times = short ? 1 : often
      for (let i = 0; i < times; i++) {
        const damaged = harm(whole, database, damage, chance)
        writeTree(stack.data, damaged)
        const found = await findingOf(stack, campaign, rows, damaged)
        if (found in counts) counts[found as Found]++
        else wrong.push(`${damage}: ${found}`)
      }
      const what = `${damage}: ${counts.refused} refused, ${counts.whole} whole, ${counts.older} older, ${counts.changed} changed`
      yield { what, blows: times, ...nothing, wrong }
    }
    writeTree(stack.data, whole)
    await stack.startHost()
    await campaign.resume()
    yield { what: 'the undamaged files put back', blows: 1, ...(await campaign.settle()) }
  },
}

/** A campaign of which a part is sent, paused, with nothing under way, whose host was killed. */
async function halfDone(stack: Stack) {
  await stack.control({ latencyMs: 2 })
  const host = await stack.startHost()
  const campaign = await Campaign.start(stack, { recipients: 200, inFlight: 1 })
  await until('a part is sent', async () => (await stack.accepted()).length > 60)
  await campaign.pause()
  await until('all that was sent is read', async () => {
    const { sent, read } = await campaign.state()
    return read === sent && sent === (await stack.accepted()).length
  })
  const rows = await campaign.rows()
  await host.end('SIGKILL')
  return { campaign, whole: readTree(stack.data), rows }
}

function harm(files: Files, database: string, damage: Damage, chance: Chance): Files {
  const log = `${database}-wal`
  const harmed = new Map(files)
  const bytes = Buffer.from(files.get(damage.startsWith('log') ? log : database)!)
  const flip = () => {
    for (let n = chance.between(1, 1_000); n > 0; n--)
      bytes[chance.between(0, bytes.length - 1)]! ^= 1 << chance.between(0, 7)
  }
  if (damage === 'log deleted') harmed.delete(log)
  else if (damage === 'log: bytes flipped') {
    flip()
    harmed.set(log, bytes)
  } else {
    if (damage === 'bytes flipped') flip()
    if (damage === 'first page zeroed') bytes.fill(0, 0, 4_096)
    harmed.set(database, damage === 'cut off' ? bytes.subarray(0, chance.between(0, bytes.length - 1)) : bytes)
  }
  return harmed
}

async function findingOf(
  stack: Stack,
  campaign: Campaign,
  rows: readonly Row[],
  files: Files,
): Promise<Found | string> {
  // Whatever a host makes of the file, nobody is to get a message from it.
  await stack.control({ hang: true })
  const host = await stack.startHost().catch((error: unknown) => String(error))
  if (typeof host === 'string') return `the host did not come up: ${host}`
  try {
    const { body } = await stack.request('GET', '/api/v2/storage')
    const state = body.items.find((it: { name: string }) => it.name === 'default')?.state
    if (state === 'corrupt') return refusal(stack, host, files)
    if (state !== 'open') return `the storage is ${state}`
    const now = await campaign.rows()
    if (isDeepStrictEqual(now, rows)) return 'whole'
    return isOlder(now, rows) ? 'older' : 'changed'
  } catch (error) {
    return `it was taken, and then: ${error}`
  } finally {
    await host.end('SIGKILL')
    await stack.control({ hang: false })
  }
}

/** Every row is the same, or not as far. */
function isOlder(now: readonly Row[], then: readonly Row[]): boolean {
  const steps = ['queued', 'claimed', 'sending', 'sent', 'delivered', 'read']
  return (
    now.length === then.length &&
    now.every((it, i) => it.chatId === then[i]!.chatId && steps.indexOf(it.state) <= steps.indexOf(then[i]!.state))
  )
}

/** A refusal says which file and what to do, and leaves every byte as it is. */
function refusal(stack: Stack, host: Program, files: Files): Found | string {
  const said = host.lines.some((it) => it.includes('waqtor.db') && it.includes('waqtor restore <backup>'))
  if (!said) return 'the refusal does not say what to do'
  const now = readTree(join(stack.data, 'instances/default'))
  const changed = [...files].find(([path, bytes]) => /waqtor\.db(-wal)?$/.test(path) && !now.get(path)?.equals(bytes))
  return changed ? `${changed[0]} was changed` : 'refused'
}
