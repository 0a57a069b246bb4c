import { expect, test } from 'vitest'
import { sessionMetrics } from './metrics.ts'
import { sessionNotice } from './notices.ts'

const say = (status: string, reason?: string) =>
  sessionNotice.say({ status, timestamp: 1, ...(reason && { reason }) } as never, 'shop')

test('a session that is cut off is told, with its reason', () => {
  expect(say('disconnected', 'NAVIGATION')).toMatchObject({
    type: 'warning',
    title: "Account 'shop' lost its connection",
    message: expect.stringContaining('was cut off: NAVIGATION.'),
    key: 'session.lost',
    fields: { instance: 'shop', reason: 'NAVIGATION' },
    link: '/instances?id=shop',
  })
  expect(say('disconnected')!.message).toContain('was cut off. WaQtor')
  expect(say('auth_failure', 'the phone said no')).toMatchObject({ type: 'error', key: 'session.pair-again' })
})

test.each(['ready', 'connecting', 'qr', 'authenticated', 'stopped'])('%s is no news', (status) => {
  expect(say(status)).toBeUndefined()
})

test('what a person asked for, and what passes by itself, is no news', () => {
  expect(say('disconnected', 'restarted on request')).toBeUndefined()
  expect(say('disconnected', 'nobody paired in time: a fresh code comes')).toBeUndefined()
})

test('the metrics show the status as one of all, and the memory where it is known', () => {
  const [status, memory, processes] = sessionMetrics.series
  const samples = status!.read({ status: 'ready' } as never)
  expect(samples).toHaveLength(7)
  expect(samples.filter((it) => it.value === 1)).toEqual([{ value: 1, labels: { status: 'ready' } }])
  const usage = { memoryBytes: 5, processes: 2 }
  expect([memory!.read({ usage } as never), processes!.read({ usage } as never)]).toEqual([
    [{ value: 5 }],
    [{ value: 2 }],
  ])
  expect([memory!.read({ usage: null } as never), processes!.read({ usage: null } as never)]).toEqual([[], []])
})
