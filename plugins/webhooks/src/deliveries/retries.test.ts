import { noticesOf } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import * as contract from '../contract.ts'
import { Fact } from '../fixtures/facts.ts'
import { until } from '../fixtures/observing.ts'
import { type Answer, startReceiver, status } from '../fixtures/receiver.ts'
import { startWebhooks } from '../fixtures/start.ts'
import { VirtualClock } from '../fixtures/virtual-clock.ts'
import { RETRY_DELAYS_MS } from '../schedule.ts'
import { replayDead, startDead } from '../testing/dead-letters.ts'

const DAY_MS = 86_400_000
const dripping: Answer = (response) => {
  response.writeHead(200)
  const timer = setInterval(() => response.write('.'), 20)
  response.on('close', () => clearInterval(timer))
}

/** One event to one receiver, over as many days as it takes. Answers when it was tried, and what stands there in the end. */
async function endure(answer: Answer, options: { random?: number; timeoutMs?: number; stopAfter?: number } = {}) {
  const { random = 0.5, timeoutMs = 15_000, stopAfter = Number.POSITIVE_INFINITY } = options
  const clock = new VirtualClock()
  const tried: number[] = []
  await using receiver = await startReceiver((...all) => {
    tried.push(clock.now())
    answer(...all)
  })
  await using test = await startWebhooks({
    clock,
    random: () => random,
    config: { allowPrivate: [receiver.place], timeoutMs, disableAfter: 0, stopGraceMs: 0 },
  })
  // Events are dated by the wall clock, which runs on.
  clock.set(Date.now())
  const { id } = await test.make(receiver)
  await test.tell(Fact, 'shop', { n: 1 })
  const delivery = async () => (await test.run(contract.listDeliveries, { id })).items[0]
  await clock.runUntil(async () => tried.length >= stopAfter || ((await delivery())?.state ?? 'pending') !== 'pending')
  const settled = (await delivery())!
  // On a busy machine a try that is given up within moments may never have come to the receiver.
  const begun = timeoutMs < 15_000 ? settled.attempts.map(({ at }) => at) : tried
  return {
    waits: begun.slice(1).map((at, index) => at - begun[index]!),
    ids: new Set(receiver.received.map((it) => it.headers['webhook-id'])).size,
    bodies: new Set(receiver.received.map((it) => it.body)).size,
    delivery: settled,
    webhook: await test.run(contract.getWebhook, { id }),
    events: test.events.filter((it) => it.type.startsWith('webhook.')),
  }
}

describe('C3: a delivery that fails', () => {
  it.each([
    ['500', status(500), 15_000, 'the receiver answered 500'],
    ['404', status(404), 15_000, 'the receiver answered 404'],
    ['a redirect', status(307, { location: 'http://127.0.0.1:1/' }), 15_000, 'redirects are not followed'],
    ['a reset', ((response) => response.destroy()) as Answer, 15_000, 'broke the connection off'],
    ['no answer', (() => {}) as Answer, 60, 'took more than 60 ms'],
    ['an answer that drips', dripping, 60, 'took more than 60 ms'],
  ])('by %s is tried again on the exact schedule, then a dead letter', async (_, answer, timeoutMs, problem) => {
    const { waits, ids, bodies, delivery, webhook, events } = await endure(answer, { timeoutMs })
    expect(waits).toEqual([...RETRY_DELAYS_MS])
    expect([ids, bodies]).toEqual([1, 1])
    expect(delivery).toMatchObject({ state: 'dead', nextAttemptAt: null, problem: expect.stringContaining(problem) })
    expect(delivery.attempts.map((it) => it.attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(webhook.enabled).toBe(true)
    expect(events.map((it) => it.type)).toEqual(Array(11).fill('webhook.failed'))
    expect(events.map((it) => (it.data as { final: boolean }).final)).toEqual([...Array(10).fill(false), true])
  })

  it.each([
    [0, 0.9],
    [0.999999, 1.1],
  ])('keeps within a tenth of the schedule (%f)', async (random, factor) => {
    const { waits } = await endure(status(503), { random })
    for (const [index, wait] of waits.entries()) expect(wait / RETRY_DELAYS_MS[index]!).toBeCloseTo(factor, 3)
  })

  it('waits as long as Retry-After asks, at most a day', async () => {
    const patient = await endure(status(429, { 'retry-after': '30' }), { stopAfter: 3 })
    expect(patient.waits).toEqual([30_000, 60_000])
    const endless = await endure(status(503, { 'retry-after': String(10 * 86_400) }), { stopAfter: 3 })
    expect(endless.waits).toEqual([DAY_MS, DAY_MS])
  })

  it('is delivered when the receiver is back, with the same id and the same bytes', async () => {
    const { waits, ids, bodies, delivery } = await endure((response, _, nth) =>
      response.writeHead(nth < 4 ? 502 : 200).end(),
    )
    expect(waits).toEqual(RETRY_DELAYS_MS.slice(0, 3))
    expect([ids, bodies]).toEqual([1, 1])
    expect(delivery).toMatchObject({ state: 'delivered', statusCode: 200, problem: null })
    expect(delivery.attempts.map((it) => it.statusCode)).toEqual([502, 502, 502, 200])
  })

  it('with 410 switches the webhook off at once', async () => {
    const { delivery, webhook, events } = await endure(status(410))
    expect(delivery).toMatchObject({ state: 'dead', statusCode: 410 })
    expect(webhook).toMatchObject({ enabled: false, disabledReason: expect.stringContaining('410') })
    expect(events.map((it) => it.type)).toEqual(['webhook.failed', 'webhook.disabled'])
    expect(events[1]!.data).toEqual({ webhookId: webhook.id, url: webhook.url, reason: webhook.disabledReason })
  })
})

describe('a receiver that never answers well', () => {
  it('is switched off after some deliveries in a row, and on again by a person', async () => {
    await using receiver = await startReceiver(status(500))
    await using test = await startWebhooks({
      config: { allowPrivate: [receiver.place], retryDelaysMs: [1], disableAfter: 3 },
    })
    const { id } = await test.make(receiver, { concurrency: 1 })
    await test.tell(Fact, 'shop', ...[1, 2, 3, 4, 5].map((n) => ({ n })))
    const off = async () => !(await test.run(contract.getWebhook, { id })).enabled
    await until(off)
    expect(await test.run(contract.getWebhook, { id })).toMatchObject({
      disabledReason: '3 deliveries in a row could not be made in all their attempts',
    })
    const { say } = noticesOf(test.kernel).find((it) => it.event.id === contract.WebhookDisabled.id)!
    const disabled = test.events.find((it) => it.type === 'webhook.disabled')!
    expect(say(disabled.data as never, null)).toMatchObject({
      type: 'warning',
      message: expect.stringContaining('3 deliveries in a row'),
      fields: { webhookId: id, reason: expect.stringContaining('3 deliveries in a row') },
    })
    // What was queued waits, and goes on with the webhook.
    receiver.answer = status(200)
    expect(await test.run(contract.webhookStats, { id })).toMatchObject({ dead: 3, pending: 2 })
    await test.run(contract.updateWebhook, { id, enabled: true })
    await until(async () => (await test.run(contract.webhookStats, { id })).delivered === 2)
    // The count began anew.
    receiver.answer = status(500)
    await test.tell(Fact, 'shop', { n: 6 }, { n: 7 })
    await until(async () => (await test.run(contract.webhookStats, { id })).dead === 5)
    expect(await off()).toBe(false)
  })
})

describe('dead letters', () => {
  it('C3: are listed and replayed, thousands of them', async () => {
    const count = 1_500
    const { listed, replayed, stats, arrivals } = await replayDead(count)
    expect(new Set(listed).size).toBe(count)
    expect(listed).toEqual([...listed].sort((a, b) => b - a))
    expect(replayed).toBe(count)
    expect(stats).toMatchObject({ dead: 0, pending: 0, failed: count })
    expect([...arrivals.values()].every((it) => it === 2)).toBe(true)
    expect(arrivals.size).toBe(count)
  }, 240_000)

  it('are replayed one by one, since a moment, or discarded', async () => {
    await using receiver = await startReceiver(status(500))
    const { test, id } = await startDead(receiver, 5)
    await using _ = test
    receiver.answer = status(200)
    expect(await test.run(contract.discardDeadLetters, { id, deliveryIds: [1, 2, 77] })).toEqual({ count: 2 })
    expect(await test.run(contract.replayDeliveries, { id, deliveryId: 3 })).toEqual({ count: 1, next: null })
    const future = Date.now() + 60_000
    expect(await test.run(contract.replayDeliveries, { id, failedSince: future })).toEqual({ count: 0, next: null })
    expect(await test.run(contract.replayDeadLetters, { id, deliveryIds: [4] })).toEqual({ count: 1 })
    expect(await test.run(contract.replayDeliveries, { id, failedSince: 0 })).toEqual({ count: 1, next: null })
    await until(async () => (await test.run(contract.webhookStats, { id })).delivered === 3)
    const state = async (it: contract.DeliveryState) =>
      (await test.run(contract.listDeliveries, { id, state: it })).items.map((row) => row.id)
    expect([await state('delivered'), await state('discarded'), await state('dead')]).toEqual([[5, 4, 3], [2, 1], []])
    const { items } = await test.run(contract.listDeliveries, { id, type: 'test.fact', limit: 2 })
    expect(items.map((it) => [it.id, it.attempts.length])).toEqual([
      [5, 2],
      [4, 2],
    ])
    const [first] = items
    expect((await test.run(contract.listDeliveries, { id, eventId: first!.eventId })).items).toEqual([first])
    expect((await test.run(contract.listDeliveries, { id, type: 'other' })).items).toEqual([])
  })
})

describe('C2: a receiver that hangs', () => {
  it('holds nobody else up, and gets no more than five at once', async () => {
    await using hanging = await startReceiver(() => {})
    const healthy = await Promise.all(Array.from({ length: 9 }, () => startReceiver()))
    const places = [hanging, ...healthy].map((it) => it.place)
    // It hangs for longer than the others take.
    const config = { allowPrivate: places, stopGraceMs: 0, timeoutMs: 60_000 }
    await using test = await startWebhooks({ config })
    const { id } = await test.make(hanging)
    for (const it of healthy) await test.make(it)
    const count = 300
    await test.tell(Fact, 'shop', ...Array.from({ length: count }, (_, n) => ({ n })))
    await until(() => healthy.every((it) => it.received.length === count))
    for (const it of healthy) {
      expect(new Set(it.received.map(({ headers }) => headers['webhook-id'])).size).toBe(count)
      expect(it.busiest).toBeLessThanOrEqual(5)
    }
    expect(hanging.busiest).toBe(5)
    expect(hanging.received).toHaveLength(5)
    expect(await test.run(contract.webhookStats, { id })).toMatchObject({ pending: count, delivered: 0, failed: 0 })
    await Promise.all(healthy.map((it) => it[Symbol.asyncDispose]()))
  })
})
