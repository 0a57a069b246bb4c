import type { OutgoingMessage, SendReceipt, Session, Transport } from '@waqtor/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Prepared } from './preparation.ts'
import type { Step } from './rows.ts'
import { UnderWay, type UnderWayOptions } from './under-way.ts'

/** A send without an answer is given up after this. */
const patience = 1_000

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('sends that get no answer', () => {
  it('are given up each at its own moment, whatever became of those before', async () => {
    const test = underWay()
    test.send(1)
    vi.advanceTimersByTime(400)
    test.send(2)
    vi.advanceTimersByTime(400)
    test.send(3)
    await test.answer(1)
    expect(test.fates()).toEqual(['1 sent'])
    vi.advanceTimersByTime(599)
    expect(test.fates()).toEqual(['1 sent'])
    vi.advanceTimersByTime(1)
    expect(test.fates()).toEqual(['1 sent', '2 unknown'])
    vi.advanceTimersByTime(400)
    expect(test.fates()).toEqual(['1 sent', '2 unknown', '3 unknown'])
    expect(test.results).toEqual([true, false, false])
  })

  it('leave no timer behind, and a later one is watched again', async () => {
    const test = underWay()
    test.send(1)
    await test.answer(1)
    expect(vi.getTimerCount()).toBe(0)
    test.send(2)
    vi.advanceTimersByTime(patience)
    expect(test.fates()).toEqual(['1 sent', '2 unknown'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('are told once more when the answer comes after all', async () => {
    const test = underWay()
    test.send(1)
    vi.advanceTimersByTime(patience)
    await test.answer(1)
    expect(test.ended.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'sending → unknown',
      'unknown → sent',
      'reconciling → sent',
    ])
  })

  it('are given up together with the connection, and an answer counts no more', async () => {
    const test = underWay()
    test.send(1)
    test.send(2)
    test.underWay.giveUp('connection-lost')
    expect(test.ended.map((it) => it.reason)).toEqual(['connection-lost', 'connection-lost'])
    expect([test.underWay.size, vi.getTimerCount()]).toEqual([0, 0])
  })
})

it('a transport that throws at once has answered', async () => {
  const test = underWay(() => {
    throw new Error('broken')
  })
  test.send(1)
  await vi.advanceTimersByTimeAsync(0)
  expect(test.fates()).toEqual(['1 unknown'])
})

it('a transport that returns its receipt at once has answered', async () => {
  const test = underWay((() => ({ messageId: 'm1', timestamp: 0, ack: 1 })) as unknown as Transport['send'])
  test.send(1)
  await vi.advanceTimersByTimeAsync(0)
  expect(test.fates()).toEqual(['1 sent'])
})

it('a message that somebody broken was asked about waits, and no other with it', async () => {
  const test = underWay(undefined, ({ row }) => {
    if (row.id === 1) throw new Error('broken')
    return undefined
  })
  test.send(1)
  test.send(2)
  expect(test.fates()).toEqual(['1 queued'])
  expect(test.rested).toEqual(['cmp_1'])
  await test.answer(2)
  expect(test.fates()).toEqual(['1 queued', '2 sent'])
})

function underWay(send?: Transport['send'], stops: UnderWayOptions['stops'] = () => undefined) {
  const ended: Step[] = []
  const results: boolean[] = []
  const rested: string[] = []
  const answers = new Map<string, PromiseWithResolvers<SendReceipt>>()
  const transport = {
    send:
      send ??
      (({ chatId }: OutgoingMessage) => {
        const answer = Promise.withResolvers<SendReceipt>()
        answers.set(chatId, answer)
        return answer.promise
      }),
  } as Transport
  const inFlight = new UnderWay({
    sendTimeoutMs: patience,
    stops,
    ended: (step) => ended.push(step),
    answered: (_queue, ok) => results.push(ok),
    refusedForNow: (queue) => rested.push(queue),
  })
  return {
    underWay: inFlight,
    ended,
    results,
    rested,
    fates: () => ended.map(({ id, to }) => `${id} ${to}`),
    send: (id: number) => {
      const row = { id, queue: 'cmp_1', source: 'campaign', part: 0, chatId: `${id}` } as Prepared['row']
      inFlight.send({ transport } as Session, {
        row,
        message: { chatId: `${id}`, body: '' },
        beginning: { kind: 'text' } as Prepared['beginning'],
      })
    },
    answer: async (id: number) => {
      answers.get(`${id}`)!.resolve({ messageId: `m${id}`, timestamp: 0, ack: 1 })
      await vi.advanceTimersByTimeAsync(0)
    },
  }
}
