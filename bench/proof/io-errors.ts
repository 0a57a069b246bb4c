import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Launch, Program, Stack } from '@waqtor/host/testing'
import { Campaign } from './kit/campaign.ts'
import { chance as draw } from './kit/chance.ts'
import { need } from './kit/programs.ts'
import { latency, stand } from './kit/stand.ts'
import type { Ordeal } from './ordeal.ts'

/** The disk fails: strace answers a write or a sync of the database with EIO. */
export const ioErrors: Ordeal = {
  name: 'io-errors',
  summary: 'EIO for the n-th write and the n-th sync of the databases, for many n, each followed by a SIGKILL',
  async *run({ short, seed }) {
    need('strace', ['-qq', '-e', 'trace=none', 'true'], 'apt-get install -y strace, and allow ptrace')
    const { recipients, errors } = short ? { recipients: 400, errors: 4 } : { recipients: 5_000, errors: 200 }
    for (const inFlight of short ? [8] : [1, 50]) {
      const chance = draw(seed)
      await using standing = await stand()
      const { stack } = standing
      await stack.control({ latencyMs: latency(recipients, inFlight, short ? 5_000 : 60_000), ackDelayMs: 50 })
      let host = await stack.startHost()
      const campaign = await Campaign.start(stack, { recipients, inFlight })

      let blows = 0
      let refused = 0
      for (let tries = 1; tries <= errors && !(await campaign.isSent()); tries++) {
        await host.end('SIGKILL')
        // A start alone writes some hundred times; the steps reach into the sending.
        const failing = await startFailing(stack, short ? tries * 60 : tries * 2, short ? 150 : 97)
        if (!failing) {
          refused++
          host = await stack.startHost()
          continue
        }
        host = failing
        await campaign.goOn(await campaign.logSize())
        await pause(chance.between(50, 500))
        if (host.lines.some((it) => it.includes('disk I/O error'))) blows++
      }
      await host.end('SIGKILL')
      await stack.startHost()
      const what = `${inFlight} in flight, and ${refused} starts refused`
      yield { what, blows, ...(await campaign.settle()) }
    }
  },
}

/** Starts a host whose n-th write fails, whose n-th sync does, and then one of so many. Answers nothing when it does not come up. */
async function startFailing(stack: Stack, nth: number, step: number): Promise<Program | undefined> {
  const when = `error=EIO:when=${nth}+${step}`
  const files = ['host.db', 'host.db-wal', 'instances/default/waqtor.db', 'instances/default/waqtor.db-wal']
  const paths = files.flatMap((it) => ['-P', join(stack.data, it)])
  const inject = ['-e', `inject=pwrite64:${when}`, '-e', `inject=fsync,fdatasync:${when}`]
  // -D: the host is the child, and strace watches from the side.
  const through = [
    'strace',
    '-D',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    'trace=pwrite64,fsync,fdatasync',
    ...paths,
    ...inject,
  ]
  const launch: Launch = { through }
  return stack.startHost(launch).catch(() => undefined)
}
