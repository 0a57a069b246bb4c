import { describe, expect, it } from 'vitest'
import { httpMetrics, httpStats } from './contract.ts'
import { startHttp } from './fixtures/start-http.ts'
import { RequestCounts } from './request-counts.ts'

describe('requests', () => {
  it('are counted by the class of their status', () => {
    const counts = new RequestCounts(7)
    for (let i = 0; i < 6; i++) counts.began()
    for (const status of [200, 204, 301, 404, 503]) counts.ended(status)
    expect(counts.view).toEqual({
      requests: { '1xx': 0, '2xx': 2, '3xx': 1, '4xx': 1, '5xx': 1 },
      underWay: 1,
      since: 7,
    })
  })

  it('that came in through the door are in the numbers of the server', async () => {
    await using it = await startHttp()
    const gate = Promise.withResolvers<void>()
    it.http.mount('/slow', async () => {
      await gate.promise
      return { status: 500 }
    })
    for (const path of ['/health', '/health', '/nothing']) await (await fetch(it.url + path)).text()
    const slow = fetch(`${it.url}/slow`)
    const stats = () => it.test.run(httpStats, {})
    await expect.poll(async () => (await stats()).underWay).toBe(1)
    expect((await stats()).requests).toEqual({ '1xx': 0, '2xx': 2, '3xx': 0, '4xx': 1, '5xx': 0 })
    gate.resolve()
    await slow
    await expect.poll(async () => (await stats()).requests['5xx']).toBe(1)
    const [requests, underWay] = httpMetrics.series
    const output = (await stats()) as never
    expect(requests!.read(output)).toContainEqual({ value: 2, labels: { status: '2xx' } })
    expect(underWay!.read(output)).toEqual([{ value: 0 }])
  })
})
