import { setTimeout } from 'node:timers/promises'
import { SessionQr, SessionStatusChanged } from '@waqtor/plugin-instances/contract'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import * as contract from '../contract.ts'
import { Fact, HostFact, Secret } from '../fixtures/facts.ts'
import { until } from '../fixtures/observing.ts'
import { startReceiver, status } from '../fixtures/receiver.ts'
import { startWebhooks } from '../fixtures/start.ts'

const numbers = (bodies: readonly { readonly body: string }[]) => bodies.map(({ body }) => JSON.parse(body).data.n)

describe('an event', () => {
  it('is delivered once, signed, as the log has it, and told of', async () => {
    await using receiver = await startReceiver()
    await using test = await startWebhooks({ config: { allowPrivate: [receiver.place] } })
    const { id, secret } = await test.make(receiver, { headers: { 'X-Token': 'mine' } })
    await test.tell(Fact, 'shop', { n: 1 })
    await until(() => receiver.received.length > 0)
    const { headers, body } = receiver.received[0]!
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'WaQtor-Webhooks/1.0.0',
      'x-token': 'mine',
    })
    const event = test.events.find((it) => it.type === Fact.id)!
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(event)
    expect(headers['webhook-id']).toBe(event.id)

    const delivered = () => test.events.find((it) => it.type === 'webhook.delivered')
    await until(delivered)
    expect(delivered()!.data).toEqual({ webhookId: id, eventId: event.id, attempt: 1, statusCode: 200 })
    const { items } = await test.run(contract.listDeliveries, { id })
    expect(items).toEqual([
      {
        id: 1,
        webhookId: id,
        eventId: event.id,
        type: Fact.id,
        instance: 'shop',
        state: 'delivered',
        attempts: [
          { attempt: 1, at: expect.any(Number), durationMs: expect.any(Number), statusCode: 200, problem: null },
        ],
        statusCode: 200,
        problem: null,
        nextAttemptAt: null,
        createdAt: expect.any(Number),
        settledAt: expect.any(Number),
      },
    ])
    expect(await test.run(contract.getDelivery, { id, deliveryId: 1 })).toEqual({ ...items[0], body })
    await expect(test.run(contract.getDelivery, { id, deliveryId: 2 })).rejects.toMatchObject({ status: 404 })
    const figures = { pending: 0, dead: 0, delivered: 1, failed: 0 }
    expect(await test.run(contract.webhookStats, { id })).toEqual({
      ...figures,
      lastDeliveredAt: expect.any(Number),
      lastFailedAt: null,
      oldestPendingAt: null,
    })
    expect(await test.run(contract.webhookTotals, {})).toEqual({ ...figures, webhooks: 1, enabled: 1 })
  })

  it('goes to those who want its type and its account, from the moment they were made', async () => {
    await using receiver = await startReceiver()
    await using test = await startWebhooks({ config: { allowPrivate: [receiver.place] } })
    await test.tell(Fact, 'shop', { n: 0 })
    // The clock's smallest step lies between what was before and what is not.
    await setTimeout(2)
    await test.make({ url: `${receiver.url}/shop` }, { instances: ['shop'], concurrency: 1 })
    await test.make({ url: `${receiver.url}/host` }, { types: ['test.host-fact', 'test.secret'] })
    await test.make({ url: `${receiver.url}/off` }, { enabled: false })
    await test.tell(Fact, 'shop', { n: 1 }, { n: 2 })
    await test.tell(Fact, 'default', { n: 3 })
    await test.tell(HostFact, null, { n: 4 })
    await test.tell(Secret, 'default', { n: 5 })
    const at = (path: string) => receiver.received.filter((it) => it.path.endsWith(path))
    await until(() => at('/shop').length === 2 && at('/host').length === 2)
    expect(numbers(at('/shop'))).toEqual([1, 2])
    expect(numbers(at('/host')).sort()).toEqual([4, 5])
    expect(at('/off')).toEqual([])
  })

  it('has the short body under a short name', async () => {
    await using receiver = await startReceiver()
    await using test = await startWebhooks({ config: { allowPrivate: [receiver.place] } })
    await test.make(receiver, { types: ['client_connected', 'client_disconnected'], concurrency: 1 })
    for (const it of ['connecting', 'ready', 'disconnected'])
      await test.tell(SessionStatusChanged, 'shop', { status: it, timestamp: 7 })
    await until(() => receiver.received.length === 2)
    expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
      {
        event: 'client_connected',
        instance: 'shop',
        data: { status: 'ready', timestamp: 7 },
        timestamp: expect.any(Number),
      },
      { event: 'client_disconnected', data: { status: 'disconnected' } },
    ])
  })

  it('of a webhook that is switched on again begins with the next; the rest can be replayed', async () => {
    await using receiver = await startReceiver()
    await using test = await startWebhooks({ config: { allowPrivate: [receiver.place] } })
    const { id } = await test.make(receiver, { concurrency: 1, enabled: false })
    await test.tell(Fact, 'shop', { n: 1 }, { n: 2 }, { n: 3 })
    const told = Date.now()
    await until(() => Date.now() > told)
    await test.run(contract.updateWebhook, { id, enabled: true })
    await test.tell(Fact, 'shop', { n: 4 })
    await until(async () => (await test.run(contract.webhookStats, { id })).delivered === 1)
    const replayed = await test.run(contract.replayDeliveries, { id, instance: 'shop', after: '1' })
    expect(replayed).toEqual({ count: 3, next: null })
    await until(() => receiver.received.length === 4)
    expect(numbers(receiver.received).sort()).toEqual([2, 3, 4, 4])
    // What is delivered again is recognised by its id.
    expect(new Set(receiver.received.map((it) => it.headers['webhook-id'])).size).toBe(3)
    await expect(test.run(contract.replayDeliveries, { id, instance: 'nowhere', after: '1' })).rejects.toMatchObject({
      status: 404,
    })
  })

  it('that waits is not sent to a webhook that was deleted', async () => {
    await using receiver = await startReceiver(status(500))
    await using test = await startWebhooks({ config: { allowPrivate: [receiver.place] } })
    const { id } = await test.make(receiver)
    await test.tell(Fact, 'shop', { n: 1 }, { n: 2 })
    await until(async () => (await test.run(contract.webhookStats, { id })).failed === 2)
    await test.run(contract.deleteWebhook, { id })
    await expect(test.run(contract.listDeliveries, { id })).rejects.toMatchObject({ status: 404 })
    await test.make(receiver)
    expect(await test.run(contract.webhookTotals, {})).toMatchObject({ webhooks: 1, pending: 0, failed: 0 })
  })

  it('cannot be asked for in two ways at once, nor by a cursor that is none', async () => {
    await using test = await startWebhooks()
    const { id } = await test.make({ url: 'https://93.184.216.34/' }, { enabled: false })
    await expect(test.run(contract.replayDeliveries, { id })).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    const two = { id, deliveryId: 1, failedSince: 1 }
    await expect(test.run(contract.replayDeliveries, two)).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    await expect(test.run(contract.replayDeliveries, { id, deliveryId: 1 })).rejects.toMatchObject({ status: 404 })
    await expect(test.run(contract.listDeliveries, { id, cursor: 'x' })).rejects.toMatchObject({
      code: 'WAQ_CURSOR_INVALID',
    })
  })
})

describe('a test', () => {
  it('is delivered at once, says what came of it, and is kept nowhere', async () => {
    await using receiver = await startReceiver()
    await using test = await startWebhooks({ config: { allowPrivate: [receiver.place] } })
    const { id, secret } = await test.make(receiver, { enabled: false })
    const good = await test.run(contract.testWebhook, { id })
    expect(good).toEqual({
      ok: true,
      eventId: expect.stringMatching(/^evt_/),
      statusCode: 200,
      durationMs: expect.any(Number),
      problem: null,
    })
    const { headers, body } = receiver.received[0]!
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
      id: good.eventId,
      type: 'webhook.test',
      data: { webhookId: id },
    })
    receiver.answer = status(404)
    expect(await test.run(contract.testWebhook, { id })).toMatchObject({
      ok: false,
      statusCode: 404,
      problem: 'the receiver answered 404',
    })
    expect((await test.run(contract.listDeliveries, { id })).items).toEqual([])
  })
})

describe('a test of a receiver that hangs', () => {
  it('is given up after the time limit', async () => {
    await using receiver = await startReceiver(() => {})
    await using test = await startWebhooks({ config: { allowPrivate: [receiver.place], timeoutMs: 60 } })
    const { id } = await test.make(receiver)
    const { ok, statusCode, problem } = await test.run(contract.testWebhook, { id })
    expect([ok, statusCode]).toEqual([false, null])
    expect(problem).toContain('took more than 60 ms')
  })
})

describe('a QR code', () => {
  const qr = (text: string) => ({ qr: text, timestamp: 1 })

  it('goes to those who may pair, and is stored nowhere', async () => {
    await using receiver = await startReceiver()
    await using test = await startWebhooks({ config: { allowPrivate: [receiver.place] } })
    const { id, secret } = await test.make(receiver, { types: ['session_qr'], instances: ['shop'] })
    const whole = await test.make({ url: `${receiver.url}/whole` }, { types: ['session.qr', 'test.fact'] })
    await test.tell(SessionQr, 'shop', qr('2@secret'))
    await until(() => receiver.received.length === 2)
    const short = receiver.received.find((it) => it.path === '/hook')!
    expect(new Webhook(secret).verify(short.body, short.headers as Record<string, string>)).toMatchObject({
      event: 'session_qr',
      instance: 'shop',
      data: { qr: '2@secret' },
    })
    await test.tell(SessionQr, 'default', qr('2@other'))
    await until(() => receiver.received.length === 3)
    expect(receiver.received[2]!.path).toBe('/hook/whole')
    for (const it of [id, whole.id]) expect((await test.run(contract.listDeliveries, { id: it })).items).toEqual([])
    expect(JSON.stringify(test.lines)).not.toContain('2@')
    expect(test.events.filter((it) => it.type.startsWith('webhook.'))).toEqual([])
  })

  it('is replaced by the next one, and given up after a few tries', async () => {
    await using receiver = await startReceiver(status(500))
    // Nobody waits in this test: the tries follow on each other.
    const clock = { now: Date.now, wait: async () => {} }
    await using test = await startWebhooks({ config: { allowPrivate: [receiver.place] }, clock })
    await test.make(receiver, { types: ['session_qr'] })
    await test.tell(SessionQr, 'shop', qr('first'))
    await until(() => test.lines.some((it) => it.message === 'a live event was not delivered'))
    expect(receiver.received).toHaveLength(3)
    expect(JSON.stringify(test.lines)).not.toContain('first')

    const held: (() => void)[] = []
    receiver.answer = (response) => held.push(() => response.end())
    await test.tell(SessionQr, 'shop', qr('second'))
    await until(() => held.length === 1)
    await test.tell(SessionQr, 'shop', qr('third'))
    await until(() => held.length === 2)
    expect(JSON.parse(receiver.received.at(-1)!.body)).toMatchObject({ data: { qr: 'third' } })
    for (const answer of held) answer()
    receiver.answer = status(410)
    await test.tell(SessionQr, 'shop', qr('fourth'))
    await until(() => test.lines.filter((it) => it.message === 'a live event was not delivered').length === 2)
    expect(receiver.received).toHaveLength(6)
  })
})
