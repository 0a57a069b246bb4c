import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Launch, Program, Stack } from '@waqtor/host/testing'
import { armedAt } from './crash-points.ts'
import { Campaign } from './kit/campaign.ts'
import { type Chance, chance } from './kit/chance.ts'
import { stand } from './kit/stand.ts'
import { until } from './kit/until.ts'
import { type Ordeal, type Part, sum } from './ordeal.ts'

/**
 * A host stands still between recording a send and calling the transport. Another one takes its files over, past the lock,
 * as on a file system that does not keep locks. Then the first one goes on where it stood.
 */
export const secondOwner: Ordeal = {
  name: 'second-owner',
  summary: 'a host that stood still wakes up when another one has taken its files over',
  async *run({ short, seed }) {
    const parts: Omit<Part, 'what'>[] = []
    for (let round = 0; round < (short ? 1 : 10); round++) parts.push(await overtaken(chance(seed * 1_000 + round)))
    yield sum('woken after the take-over', parts)
  },
}

/** @param launch of both hosts */
export async function overtaken(chance: Chance, launch: Launch = {}): Promise<Omit<Part, 'what'>> {
  await using standing = await stand()
  const { stack } = standing
  await stack.control({ latencyMs: 5 })
  const first = await stack.startHost(armedAt('before-call', chance.between(5, 30), launch, 'SIGSTOP'))
  const campaign = await Campaign.start(stack, { recipients: 60, inFlight: 1 })
  await until('the first host stands still', () => isStopped(first))

  // The message in doubt is looked for, not found, and sent by the second host; on its way, when the first one wakes up.
  await stack.control({ latencyMs: 1_000 })
  const second = await stack.startHost({ ...launch, data: await besideTheLock(stack) })
  await until('the second host sends what was in doubt', () => isSentAgain(stack, campaign))
  first.child.kill('SIGCONT')
  // Each takes the connection from the other once, and works with it.
  await until('the first host has the connection back', async () => connections(first) === 2)
  await until('the second host has the connection back', async () => connections(second) === 2)
  await first.end('SIGKILL')
  return { ...(await campaign.settle(60_000)), blows: 1 }
}

/** A data directory with a lock of its own and the files of the first. */
async function besideTheLock(stack: Stack): Promise<string> {
  const directory = join(stack.directory, 'beside')
  await mkdir(directory, { mode: 0o700 })
  for (const it of ['host.db', 'instances']) await symlink(join(stack.data, it), join(directory, it))
  return directory
}

async function isSentAgain(stack: Stack, { path }: Campaign): Promise<boolean> {
  const { body } = await stack.request('GET', `${path}/recipients?state=sending`)
  return body.items.some((it: { attempt: number }) => it.attempt === 2)
}

/** How often a host has said that it is connected. */
function connections({ lines }: Program): number {
  return lines.filter((it) => it.includes('"session ready"')).length
}

async function isStopped({ child }: Program): Promise<boolean> {
  // The state stands behind the name, which is in brackets.
  return /\) T /.test(await readFile(`/proc/${child.pid}/stat`, 'utf8'))
}
