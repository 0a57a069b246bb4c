import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Operation, operationsOf, pathWith } from './fixtures/operations.ts'
import { type Answer, Stack } from './fixtures/stack.ts'

/** What the API document shows no worked request for. */
const requests: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'messages.forward': { chatId: '201001234567' },
}

let stack: Stack
/** Every operation that says that a key may be sent along and the call repeated. */
let operations: readonly Operation[]
/** A message that is there, to be forwarded. */
let messageId: string
let recipients = 0

beforeAll(async () => {
  stack = await Stack.create()
  await stack.startNetwork()
  await stack.startHost()
  operations = (await operationsOf(stack)).filter((it) => it.idempotent)
  messageId = (await send('/api/v2/messages/send-text', { chatId: '201009999999', text: 'to be forwarded' })).body
    .messageId
})
afterAll(() => stack[Symbol.asyncDispose]())

function send(path: string, body: unknown, key?: string): Promise<Answer> {
  return stack.request('POST', path, body, key === undefined ? {} : { 'Idempotency-Key': key })
}

/** A request of its own for each time: nobody else gets what this one sends. */
function requestTo({ id, path, example }: Operation) {
  const given = example ?? requests[id]
  if (!given)
    throw new Error(`'${id}' is declared idempotent, and neither its contract nor this test has a request for it`)
  const to = `2010055${String(recipients++).padStart(5, '0')}`
  const chat = `${to}@c.us`
  return {
    path: pathWith(path, messageId),
    body: { ...given, chatId: to },
    arrived: async () => (await stack.accepted()).filter((it) => it.to === chat),
  }
}

describe('B10: a send with an idempotency key', () => {
  it('is what these operations promise', () => {
    expect(operations.map((it) => it.id)).toEqual(
      expect.arrayContaining([
        'messages.forward',
        'messages.sendContact',
        'messages.sendLocation',
        'messages.sendMedia',
        'messages.sendPoll',
        'messages.sendText',
      ]),
    )
  })

  it('asked for fifty times at once is one message, and every answer is the same to the byte', async () => {
    await stack.control({ latencyMs: 100 })
    for (const operation of operations) {
      const { path, body, arrived } = requestTo(operation)
      const answers = await Promise.all(Array.from({ length: 50 }, () => send(path, body, `at-once-${operation.id}`)))
      const good = answers.filter((it) => it.status === 200)
      // Who comes while the first one is still under way is told to come again.
      for (const it of answers) expect([200, 409], it.text).toContain(it.status)
      expect(good.length, operation.id).toBeGreaterThan(0)
      const again = await send(path, body, `at-once-${operation.id}`)
      expect(new Set([...good, again].map((it) => it.text)).size, operation.id).toBe(1)
      expect((await arrived()).map((it) => it.messageId)).toEqual([again.body.messageId])
    }
    await stack.control({ latencyMs: 0 })
  })

  it('that stands for another request is refused, and nothing is sent', async () => {
    for (const operation of operations) {
      const { path, body, arrived } = requestTo(operation)
      const other = requestTo(operation)
      expect((await send(path, body, `other-${operation.id}`)).status).toBe(200)
      const refused = await send(path, other.body, `other-${operation.id}`)
      expect([refused.status, refused.body.code], operation.id).toEqual([422, 'idempotency_mismatch'])
      expect([(await arrived()).length, (await other.arrived()).length]).toEqual([1, 0])
    }
  })

  it('belongs to its caller: the same key in other hands is another request', async () => {
    const { body: made } = await stack.request('POST', '/api/v2/keys', { permissions: ['messages:*'] })
    const { path, body, arrived } = requestTo(operations.find((it) => it.id === 'messages.sendText')!)
    expect((await send(path, body, 'shared')).status).toBe(200)
    const other = await stack.request('POST', path, body, { 'Idempotency-Key': 'shared', 'X-API-Key': made.key })
    expect(other.status).toBe(200)
    expect(await arrived()).toHaveLength(2)
  })

  it('survives kill -9 between the effect and the answer: repeated, it answers for the one message', async () => {
    // Each on an account of its own, since one account sends what is in doubt one after another.
    const accounts = new Map(
      operations.map(({ id }) => [id, id === 'messages.forward' ? 'default' : id.toLowerCase().replace('.', '-')]),
    )
    for (const instance of accounts.values()) {
      if (instance !== 'default') await stack.request('POST', '/api/v2/instances', { id: instance })
      const ready = async () => (await stack.request('GET', `/api/v2/instances/${instance}/state`)).body.status
      await expect.poll(ready).toBe('ready')
    }
    // The network takes the message and its answer gets lost: the host can have told nobody.
    await stack.control({ dropAnswerRate: 1 })
    const sent = operations.map((operation) => {
      const { body, ...request } = requestTo(operation)
      return { operation, ...request, body: { ...body, instance: accounts.get(operation.id) } }
    })
    const answers = sent.map(({ operation, path, body }) =>
      send(path, body, `killed-${operation.id}`).catch(() => 'cut' as const),
    )
    for (const { operation, arrived } of sent)
      await vi.waitFor(async () => expect(await arrived(), operation.id).toHaveLength(1), { interval: 10 })
    await stack.killHost()
    const told = await Promise.all(answers)
    expect(told).toContain('cut')

    await stack.control({ dropAnswerRate: 0 })
    await stack.startHost()
    for (const [i, { operation, path, body, arrived }] of sent.entries()) {
      const repeat = () => send(path, body, `killed-${operation.id}`)
      const answer = await vi.waitFor(
        async () => {
          const it = await repeat()
          expect(it.status, it.text).toBe(200)
          return it
        },
        { timeout: 60_000, interval: 200 },
      )
      expect((await repeat()).text).toBe(answer.text)
      // One that was found and answered before the end had the same answer.
      const before = told[i]
      if (typeof before === 'object' && before.status === 200) expect(before.text).toBe(answer.text)
      expect((await arrived()).map((it) => it.messageId)).toEqual([answer.body.messageId])
    }
  }, 180_000)
})
