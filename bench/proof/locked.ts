import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Stack } from '@waqtor/host/testing'
import Sqlite from 'better-sqlite3'
import { Campaign } from './kit/campaign.ts'
import { stand } from './kit/stand.ts'
import { until } from './kit/until.ts'
import type { Ordeal } from './ordeal.ts'

/** Another program holds the database: a backup that copies it, somebody who looks into it. */
export const locked: Ordeal = {
  name: 'locked',
  summary: 'another process holds the database for 3 s (nobody notices) and for 8 s (503, then it goes on)',
  async *run({ short }) {
    const recipients = short ? 300 : 5_000
    const times = short ? [1_000] : [...Array<number>(10).fill(3_000), 8_000, 8_000]
    for (const inFlight of short ? [8] : [1, 50]) {
      const wrong: string[] = []
      await using standing = await stand()
      const { stack } = standing
      await stack.control({ latencyMs: 2 })
      await stack.startHost()
      const campaign = await Campaign.start(stack, { recipients, inFlight })
      for (const ms of times) {
        await campaign.goOn(await campaign.logSize())
        const { status, text } = await sendWhileHeld(stack, ms)
        // The storage waits five seconds for a lock.
        if (status !== (ms < 5_000 ? 200 : 503)) wrong.push(`held for ${ms} ms, a send was answered ${status}: ${text}`)
      }
      const verdict = await campaign.settle()
      yield { what: `${inFlight} in flight`, blows: times.length, ...verdict, wrong: [...verdict.wrong, ...wrong] }
    }
  },
}

/** Answers what a send was told that was asked for while the file was held. */
async function sendWhileHeld(stack: Stack, ms: number) {
  const database = new Sqlite(join(stack.data, 'instances/default/waqtor.db'), { timeout: 10_000 })
  try {
    database.exec('BEGIN EXCLUSIVE')
    const answer = stack.request('POST', '/api/v2/messages/send-text', { chatId: '201001111111', text: 'meanwhile' })
    await until('the storage says that it is locked', async () => {
      const { body } = await stack.request('GET', '/api/v2/storage')
      return body.items.some((it: { state: string }) => it.state === 'locked')
    })
    // From then on, so that it was seen however busy the machine is.
    await pause(ms)
    database.exec('ROLLBACK')
    return await answer
  } finally {
    database.close()
  }
}
