import { connect } from 'node:net'
import { metricsOf } from '@waqtor/contracts'
import { leftBehind, recordingLogger, snapshot } from '@waqtor/kernel/testing'
import { describe, expect, it } from 'vitest'
import { eventually } from './fixtures/eventually.ts'
import { startRealtime } from './fixtures/start-realtime.ts'
import { LazyEngine } from './lazy-engine.ts'
import { metrics } from './metrics.ts'

describe('what monitoring is told', () => {
  it('is what the command answers', async () => {
    await using it = await startRealtime()
    await (await it.open('/things')).settled()
    const stats = await it.stats()
    const samples = metrics.series.map(({ name, read }) => [name, read(stats as never)])
    expect(Object.fromEntries(samples)).toEqual({
      waqtor_realtime_clients: [{ value: 1, labels: { namespace: '/things' } }],
      waqtor_realtime_connections: [{ value: 1 }],
      waqtor_realtime_broadcasts_total: [{ value: 0 }],
      waqtor_realtime_coalesced_total: [{ value: 0 }],
      waqtor_realtime_refused_total: [{ value: 0 }],
      waqtor_realtime_dropped_total: [{ value: 0 }],
    })
    expect(metricsOf(it.test.kernel)).toContain(metrics)
  })
})

describe('the engine', () => {
  it('lets go of a connection when it cannot be loaded, and of one that comes too late', async () => {
    const log = recordingLogger()
    let destroyed = 0
    const connection = { destroy: () => destroyed++ } as never
    const engine = new LazyEngine(() => Promise.reject(new Error('is not installed')), log)
    engine.request({} as never, connection)
    engine.upgrade({} as never, connection, Buffer.alloc(0))
    await eventually(() => destroyed).toBe(2)
    expect(log.lines[0]).toMatchObject({ level: 'error', data: { problem: 'is not installed' } })
    await engine.close()
    engine.request({} as never, connection)
    expect([destroyed, log.lines.length]).toEqual([3, 2])
  })
})

describe('a request that is not for socket.io', () => {
  it('is answered all the same', async () => {
    await using it = await startRealtime()
    const { status, headers } = await fetch(`${it.url}/socket.io`)
    expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  })
})

describe('a port of its own', () => {
  it('serves the channels, and the server does not', async () => {
    await using it = await startRealtime({ options: { wsPort: 0 } })
    const { address } = await it.stats()
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const client = await it.open('/things', { url: address! })
    await client.data('count')
    expect((await it.refused('/things')).message).toBe('websocket error')
    expect((await fetch(`${it.url}/socket.io/?EIO=4&transport=polling`)).status).toBe(404)
  })

  it('may be that of the server', async () => {
    await using one = await startRealtime()
    const port = Number(new URL(one.url).port)
    await one.test[Symbol.asyncDispose]()
    await using it = await startRealtime({ config: { port }, options: { port } })
    expect((await it.stats()).address).toBeNull()
    await (await it.open('/things')).data('count')
  })

  it('is not opened by a kernel that only answers the command line', async () => {
    await using it = await startRealtime({ options: { serve: false, wsPort: 0 } })
    expect((await it.stats()).address).toBeNull()
  })

  it('and the rest of the environment is checked', async () => {
    await expect(startRealtime({ options: { wsMaxBufferSize: 10 } })).rejects.toThrow(
      /WS_MAX_BUFFER_SIZE.*maxBufferBytes/,
    )
  })
})

describe('when it comes and goes', () => {
  it('nothing is left behind, and clients come back by themselves', async () => {
    await using it = await startRealtime()
    const without = it.entries.filter(({ spec }) => spec.name !== 'realtime')
    const look = async () => {
      await it.test.kernel.reload(it.entries)
      const clients = [
        await it.open('/things', { transports: ['polling'] }),
        await it.open('/things'),
        await it.open('/events'),
      ]
      await clients[0]!.data('count')
      it.things.moved(1)
      await clients[2]!.ask('subscribe', { after: 0 })
      const open = connect(Number(new URL(it.url).port), '127.0.0.1')
      open.on('error', () => {}).write('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n')
      const cut = Promise.all(clients.map((client) => client.disconnected()))
      await it.test.kernel.reload(without)
      open.destroy()
      // Not 'io server disconnect', after which no client comes back. A poll that is under way ends as an error.
      for (const reason of await cut) expect(reason).toMatch(/^transport/)
      for (const client of clients) client.close()
    }
    await look()
    await look()
    const before = snapshot(it.test.kernel)
    // The connections of these very clients are in the same process.
    const left = () => leftBehind(before, () => snapshot(it.test.kernel), { ignoring: ['TCPSocketWrap'] })
    for (let i = 0; i < 5; i++) {
      await look()
      expect(await left()).toEqual([])
    }
    await it.test.kernel.reload(it.entries)
    const client = await it.open('/things', { reconnection: true })
    await client.data('count')
    await it.test.kernel.reload(without)
    await it.test.kernel.reload(it.entries)
    await client.data('count', 2)
  })
})
