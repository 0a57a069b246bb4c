import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Stack } from '@waqtor/host/testing'
import { Campaign } from './kit/campaign.ts'
import { chance as draw } from './kit/chance.ts'
import { need } from './kit/programs.ts'
import { latency, stand } from './kit/stand.ts'
import { until } from './kit/until.ts'
import type { Ordeal } from './ordeal.ts'

/** The disk fills up while messages are sent, and after a while somebody makes room. */
export const diskFull: Ordeal = {
  name: 'disk-full',
  summary: 'a small disk fills up and is emptied again, some times with a SIGKILL in between',
  async *run({ short, seed }) {
    need('unshare', ['-m', 'true'], 'it takes root: a small disk is mounted for the host alone')
    const { recipients, fills } = short ? { recipients: 400, fills: 2 } : { recipients: 5_000, fills: 20 }
    for (const inFlight of short ? [8] : [1, 50]) {
      const chance = draw(seed)
      const wrong: string[] = []
      await using standing = await stand()
      const { stack } = standing
      await using disk = await smallDisk(stack.data)
      await stack.control({ latencyMs: latency(recipients, inFlight, 20_000), ackDelayMs: 50 })
      let host = await stack.startHost(disk.launch)
      const campaign = await Campaign.start(stack, { recipients, inFlight })

      let blows = 0
      for (let size = 0; blows < fills && !(await campaign.isSent()); size = await campaign.logSize()) {
        await campaign.goOn(size)
        await pause(chance.between(1, 400))
        disk.fill()
        const status = await sendUntilFull(stack)
        if (status !== 507) wrong.push(`on a full disk a send was answered with ${status}`)
        blows++
        const dies = chance.happens(0.3)
        if (dies) await host.end('SIGKILL')
        disk.empty()
        if (dies) host = await stack.startHost(disk.launch)
      }
      const verdict = await campaign.settle()
      yield { what: `${inFlight} in flight`, blows, ...verdict, wrong: [...verdict.wrong, ...wrong] }
    }
  },
}

/** Answers the status with which a send is refused once the disk is full. */
async function sendUntilFull(stack: Stack): Promise<number> {
  let refused = 0
  // The log of the database has room for some more commits: it is written from its start again and again.
  await until('the host says that its disk is full', async () => {
    const message = { chatId: '201001111111', text: 'x'.repeat(60_000) }
    const { status, body } = await stack.request('POST', '/api/v2/messages/send-text', message)
    if (body?.code === 'storage_full') refused = status
    return refused > 0
  })
  return refused
}

/** A small disk, with room for all that is sent until it is full, that only processes started through it can see. */
async function smallDisk(directory: string) {
  mkdirSync(directory)
  const mount = 'mount -t tmpfs -o size=400m,mode=700 tmpfs "$0" && echo mounted && exec sleep infinity'
  const holder = spawn('unshare', ['-m', 'sh', '-c', mount, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(holder, 'exit')
  await once(holder.stdout, 'data')
  const root = resolve(import.meta.dirname, '../..')
  const filler = join(`/proc/${holder.pid}/root`, directory, 'filler')
  return {
    launch: { through: ['nsenter', '-t', String(holder.pid), '-m', `--wdns=${root}`, '--'] },
    fill() {
      const file = openSync(filler, 'w')
      try {
        // By pages at the end, so that nothing is left of the last one.
        for (const size of [65_536, 4_096]) for (;;) if (!wrote(file, size)) break
      } finally {
        closeSync(file)
      }
    },
    empty: () => rmSync(filler, { force: true }),
    async [Symbol.asyncDispose]() {
      holder.kill('SIGKILL')
      await ended
    },
  }
}

function wrote(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) === size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
