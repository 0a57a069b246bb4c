import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Account, queryFor } from '@waqtor/transport-suite'
import { expect, it } from 'vitest'
import { systemClock } from './network/clock.ts'
import { RemoteAccess } from './remote/remote-access.ts'
import { startSimulator } from './testing/index.ts'
import { SimulatorTransport } from './transport.ts'

const program = fileURLToPath(new URL('./fixtures/host-process.ts', import.meta.url))

/** Runs a host that sends until the network has taken `more` messages, kills it, and answers what it had asked and heard. */
async function killAfter(more: number, args: readonly string[], logged: () => Promise<number>) {
  const host = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const asked: string[] = []
  const heard: string[] = []
  createInterface({ input: host.stdout }).on('line', (line) => (line[0] === '?' ? asked : heard).push(line.slice(2)))
  const start = await logged()
  while ((await logged()) < start + more) await once(host.stdout, 'data')
  host.kill('SIGKILL')
  await once(host, 'close')
  return { asked, heard }
}

it('a host that is killed finds out afterwards, from the chats alone, what left and what did not', async () => {
  await using simulator = await startSimulator()
  await using account = await Account.create('default')
  await simulator.control({ latencyMs: 2 })
  let first = 0
  for (let round = 0; round < 3; round++) {
    const args = [simulator.address, account.directory, String(first)]
    const { asked, heard } = await killAfter(200, args, async () => (await simulator.log()).length)
    const doubtful = asked.filter((it) => !heard.includes(it))
    first += asked.length

    const access = new RemoteAccess({ address: simulator.address, onReach: () => {} })
    const rest = { autoPair: false, preDrawnIds: true, absentAfterMs: 1_000, answerTimeoutMs: 60_000 }
    const create = (setup: ConstructorParameters<typeof SimulatorTransport>[1]) =>
      new SimulatorTransport({ access, clock: systemClock, ...rest }, setup)
    const { transport } = await account.ready({ kind: 'simulator', create })
    // What was in the outbox leaves, and nothing is in it any more.
    await expect.poll(async () => (await simulator.phones())[0]?.pending).toBe(0)
    const log = new Set((await simulator.log()).map((it) => it.body))
    for (const body of heard) expect(log).toContain(body)
    for (const body of doubtful) {
      const answer = await transport.findSent(
        queryFor(`${201_000_000_000 + Number(body)}@c.us`, body, { anchor: null }),
      )
      expect(answer.outcome).toBe(log.has(body) ? 'found' : 'absent')
    }
    await transport.stop()
    access.close()
  }
})
