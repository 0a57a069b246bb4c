/**
 * The states of the recipients alone, by the statements of the outbox: each written down before its send, with its text, and
 * again after it. No message, no event, no counters: what is left of a campaign when everything around it is taken away.
 */
import { bodyHash, Database } from '@waqtor/contracts'
import { createKernel } from '@waqtor/kernel'
import events from '@waqtor/plugin-events'
import messages from '@waqtor/plugin-messages'
import { add, begin, candidates, FakeAccount, step } from '@waqtor/plugin-messages/testing'
import storage from '@waqtor/plugin-storage-sqlite'
import { answerTask } from '../kit/process.ts'
import { NoOpTransport } from './no-op-transport.ts'
import { serviceOf } from './service-of.ts'
import { Stopwatch } from './stopwatch.ts'
import { surroundings } from './surroundings.ts'
import { chunks, type DispatchResult, type DispatchTask, phoneOf } from './task.ts'

const queue = 'states'

answerTask(async ({ recipients, inFlight, directory }: DispatchTask): Promise<DispatchResult> => {
  const { plugin, service } = serviceOf(Database)
  await using kernel = createKernel({
    plugins: [surroundings(directory, new FakeAccount()), storage(), events(), messages(), plugin],
  })
  await kernel.start()
  const file = await (await service).open('default')
  const transport = new NoOpTransport()

  const stopwatch = new Stopwatch()
  for (const { first, size } of chunks(recipients)) {
    const people = Array.from({ length: size }, (_, i) => ({
      chatId: `${phoneOf(first + i)}@c.us`,
      payload: JSON.stringify({ name: `Nadia ${first + i}` }),
    }))
    await file.write((tx) => add(tx, queue, people, Date.now()))
  }

  stopwatch.started()
  let after = 0
  let ended: Parameters<typeof step>[1] = []
  let sent = 0
  do {
    const rows = await file.write(async (tx) => {
      sent += (await step(tx, ended)).length
      const found = await candidates(tx, { queue, source: 'campaign' }, after, inFlight)
      const beginnings = found.map(({ id, chatId, payload }) => {
        const body = `Hello ${(JSON.parse(payload) as { name: string }).name}, this is ${chatId}`
        const messageId = transport.drawMessageId()
        const fate = { id, queue, to: 'sending', kind: 'text', anchor: null, pairing: 'one' } as const
        return { ...fate, body, bodyHash: bodyHash(body), messageId }
      })
      await begin(tx, beginnings, Date.now())
      return found.map((it, i) => ({ ...it, ...beginnings[i]! }))
    })
    ended = await Promise.all(
      rows.map(async ({ id, part, chatId, kind, body, messageId }) => {
        const { timestamp } = await transport.send({ chatId, body, messageId })
        const row = { part, chat_id: chatId, kind, message_id: messageId }
        return { id, queue, from: 'sending', to: 'sent', reason: null, at: timestamp, row } as const
      }),
    )
    after = rows.at(-1)?.id ?? after
  } while (ended.length > 0)
  if (sent !== recipients) throw new Error(`${recipients} recipients, and ${sent} were sent to`)
  return stopwatch.ended(recipients)
})
