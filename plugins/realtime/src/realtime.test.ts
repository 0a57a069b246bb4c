import { InstanceId } from '@waqtor/contracts'
import { systemPrincipal } from '@waqtor/kernel'
import { createKey } from '@waqtor/plugin-auth/contract'
import { describe, expect, it } from 'vitest'
import { eventually } from './fixtures/eventually.ts'
import { HOUR, MovableClock } from './fixtures/movable-clock.ts'
import { startRealtime } from './fixtures/start-realtime.ts'
import { Happened, Own, record, Secret, Stopped } from './fixtures/things.ts'

const transports = [['websocket'], ['polling']] as const

describe('E1: each namespace authenticates itself', () => {
  it.each(transports)(
    'over %s: nobody comes in without a credential that allows the channel, and hears nothing',
    async (transport) => {
      const clock = new MovableClock()
      await using it = await startRealtime()
      const expiresAt = Date.now() + HOUR
      const expired = (await it.test.run(createKey, { permissions: ['*'], expiresAt }, { principal: systemPrincipal }))
        .key
      clock.advance(HOUR)
      const elsewhere = (await it.key(['things:*', 'events:read'], ['shop'])).key
      const other = (await it.key(['system:read'])).key
      const seen: unknown[] = []
      for (const path of ['/things', '/own', '/events', '/', '/unknown', '/Things', '/things/', '/socket.io']) {
        for (const token of [
          null,
          '',
          'x',
          'waq_wrong',
          `${it.admin}0`,
          it.admin.toLowerCase(),
          expired,
          other,
          elsewhere,
          'a\nb',
          'ä',
        ]) {
          if (token === elsewhere && path === '/own') continue
          const { message, data } = await it.refused(path, { token, transports: [transport] })
          seen.push([path, message, (data as { status?: number } | undefined)?.status])
        }
      }
      const allowed = new Set(['401', '403', '400', '429', '404', 'undefined'])
      for (const [path, message, status] of seen as [string, string, number | undefined][]) {
        expect(allowed).toContain(String(status))
        if (status === undefined) expect([path, message]).toEqual([path, 'Invalid namespace'])
      }
      // Whoever may do everything finds nothing at `/` nor anywhere that is no channel.
      expect(await it.refused('/')).toMatchObject({ message: 'route_unknown', data: { status: 404 } })
      expect(await it.refused('/unknown')).toMatchObject({ message: 'Invalid namespace' })
      await eventually(async () => (await it.stats()).total).toBe(0)
      const client = await it.open('/things', { transports: [transport] })
      await client.data('count')
      expect((await it.stats()).byNamespace).toEqual({ '/things': 1 })
    },
  )

  it('is told why, as over HTTP', async () => {
    await using it = await startRealtime()
    expect(await it.refused('/things', { token: null })).toMatchObject({
      message: 'unauthenticated',
      data: {
        type: 'urn:waqtor:error:unauthenticated',
        status: 401,
        code: 'unauthenticated',
        requestId: expect.any(String),
      },
    })
    const { key } = await it.key(['things:read'], ['shop'])
    expect(await it.refused('/things', { token: key })).toMatchObject({ message: 'forbidden', data: { status: 403 } })
    expect(await it.refused('/things', { instance: 'nobody' })).toMatchObject({ message: 'instance_unknown' })
    expect(await it.refused('/things', { instance: 'host' })).toMatchObject({ message: 'instance_unknown' })
    expect(await it.refused('/things', { instance: '../x' })).toMatchObject({
      message: 'input_invalid',
      data: { errors: [{ path: 'auth.instance', message: expect.stringContaining('must be') }] },
    })
    expect(await it.refused('/things', { auth: { token: { $ne: 1 } } })).toMatchObject({ message: 'input_invalid' })
    expect((await it.stats()).refused).toBe(6)
    expect(InstanceId.safeParse('host').success).toBe(false)
  })

  it('takes a key from the headers of the handshake, and a token before those', async () => {
    await using it = await startRealtime()
    const headers = { 'X-API-Key': it.admin }
    const client = await it.open('/things', { token: null, headers })
    await client.data('count')
    expect(await it.refused('/things', { token: 'wrong', headers })).toMatchObject({ message: 'unauthenticated' })
    expect(await it.refused('/things', { token: null, headers: { 'X-API-Key': 'wrong' } })).toMatchObject({
      message: 'unauthenticated',
    })
  })
})

describe('E2: the origin', () => {
  it.each(transports)(
    'over %s: a page of somebody else is refused, one of ours or of the list is not',
    async (transport) => {
      await using it = await startRealtime({ options: { dashboardUrl: 'https://dash.example.org' } })
      for (const Origin of ['https://evil.example', 'null', 'http://dash.example.org', `${it.url}0`])
        expect((await it.refused('/things', { transports: [transport], headers: { Origin } })).message).toMatch(
          /websocket error|xhr poll error/,
        )
      for (const Origin of ['https://dash.example.org', it.url])
        (await it.open('/things', { transports: [transport], headers: { Origin } })).close()
    },
  )
})

describe('a channel', () => {
  it('sends how things stand at once, as far as the client may know, and then what happens', async () => {
    await using it = await startRealtime()
    const { key } = await it.key(['things:read'], ['default'])
    const all = await it.open('/things')
    const some = await it.open('/things', { token: key })
    expect(await all.data('count')).toEqual([{ count: 1 }])
    expect(await all.data('secret')).toEqual([{ code: '1234' }])
    await some.data('count')
    it.things.emit(Secret, { code: '5678' })
    it.things.moved(1)
    it.things.moved(2, 'a', 'shop')
    it.things.emit(Stopped, { id: 'b' })
    expect(await all.data('secret', 2)).toEqual([{ code: '1234' }, { code: '5678' }])
    expect(await some.data('moved')).toEqual([{ id: 'a', n: 1, text: '', timestamp: expect.any(Number) }])
    expect(await some.data('stopped')).toEqual([{ id: 'b' }])
    await some.settled()
    expect(some.names()).not.toContain('secret')
    expect(some.names()).not.toContain('failed')
    // What failed is in the log, and was told to nobody.
    expect(it.test.lines.filter((line) => line.level === 'error').map((line) => line.message)).toEqual([
      "the state of '/things' could not be sent",
      "the state of '/things' could not be sent",
    ])
  })

  it('is of one account', async () => {
    await using it = await startRealtime()
    const shop = await it.open('/things', { instance: 'shop' })
    const standard = await it.open('/things')
    it.things.moved(1, 'a', 'shop')
    it.things.moved(2)
    expect((await shop.data('moved'))[0].n).toBe(1)
    expect((await standard.data('moved'))[0].n).toBe(2)
    await shop.settled()
    expect(shop.names().filter((name) => name === 'moved')).toHaveLength(1)
  })

  it("brings somebody's own events to nobody else, and asks for the channel's permission only", async () => {
    await using it = await startRealtime()
    const [one, two] = [await it.key(['things:read']), await it.key(['things:read'])]
    const mine = await it.open('/own', { token: one.key })
    const theirs = await it.open('/own', { token: two.key })
    const admin = await it.open('/own')
    it.things.emit(Own, { userId: one.id, text: 'for one' }, null)
    it.things.emit(Own, { userId: two.id, text: 'for two' }, null)
    expect(await mine.data('own')).toEqual([{ text: 'for one' }])
    expect(await theirs.data('own')).toEqual([{ text: 'for two' }])
    await admin.settled()
    expect(admin.names()).not.toContain('own')
  })

  it('may be made of what several plugins contribute: a client gets what it may see of each', async () => {
    await using it = await startRealtime()
    const entries = [...it.entries, it.things.counts()]
    await it.test.kernel.reload(entries)
    const things = await it.open('/things', { token: (await it.key(['things:read'])).key })
    const counts = await it.open('/things', { token: (await it.key(['private:read'])).key })
    const both = await it.open('/things', { token: (await it.key(['private:read', 'things:read'])).key })
    expect(await it.refused('/things', { token: (await it.key(['system:read'])).key })).toMatchObject({
      message: 'forbidden',
    })
    await record(it, Happened, 7)
    it.things.emit(Stopped, { id: 'x' })
    expect(await both.data('counted')).toEqual([{ count: 7 }])
    await both.data('stopped')
    await things.data('stopped')
    for (const client of [things, counts]) await client.settled()
    expect(things.names()).not.toContain('counted')
    expect(counts.names()).toEqual(['pong'])
  })

  it('leaves out what it has nothing to say of, and survives what it cannot say', async () => {
    await using it = await startRealtime()
    const client = await it.open('/things')
    it.things.moved(-1)
    it.things.emit(Stopped, { id: 'broken' })
    it.things.emit(Stopped, { id: 'next' })
    expect(await client.data('stopped')).toEqual([{ id: 'next' }])
    await client.settled()
    expect(client.names()).not.toContain('moved')
    expect(it.test.lines.map((line) => line.message)).toContain("the channel '/things' could not send 'stopped'")
  })

  it('answers a ping with a pong', async () => {
    await using it = await startRealtime()
    for (const path of ['/things', '/own', '/events']) {
      const client = await it.open(path)
      client.socket.emit('ping')
      expect(await client.data('pong')).toEqual([{ timestamp: expect.any(Number) }])
      expect(await client.ask('ping')).toEqual({ output: { timestamp: expect.any(Number) } })
    }
  })

  it('has one connection carry several, each with its own credential', async () => {
    await using it = await startRealtime()
    const client = await it.open('/things')
    const other = client.socket.io.socket('/own', { auth: { token: (await it.key(['things:read'])).key } })
    await new Promise<void>((resolve) => other.once('connect', resolve).connect())
    expect(await it.stats()).toMatchObject({ total: 2, connections: 1, byNamespace: { '/things': 1, '/own': 1 } })
    other.close()
  })
})

describe('where only the latest matters', () => {
  it('ten thousand changes become a few frames, the last one among them, and nothing overtakes', async () => {
    await using it = await startRealtime()
    const client = await it.open('/things')
    await client.data('count')
    for (let n = 1; n <= 10_000; n++) it.things.moved(n, n % 2 === 0 ? 'even' : 'odd')
    it.things.emit(Stopped, { id: 'even' })
    await client.data('stopped')
    const moved = await client.data('moved', 2)
    expect(moved.map(({ id, n }) => [id, n])).toEqual([
      ['odd', 9_999],
      ['even', 10_000],
    ])
    expect(client.names().indexOf('stopped')).toBe(client.names().lastIndexOf('moved') + 1)
    expect(await it.stats()).toMatchObject({ broadcasts: 3, coalesced: 9_998 })
  })
})

describe('a state', () => {
  it('that an event overtakes is read again', async () => {
    await using it = await startRealtime()
    let reads = 0
    it.things.reading = () => {
      if (++reads > 1) return
      it.things.count = 2
      it.things.emit(Stopped, { id: 'overtakes' })
    }
    const client = await it.open('/things')
    expect(await client.data('count')).toEqual([{ count: 2 }])
    expect(reads).toBe(2)
    expect(await client.data('stopped')).toHaveLength(1)
  })

  it('is sent all the same when events never rest', async () => {
    await using it = await startRealtime()
    it.things.reading = () => it.things.emit(Stopped, { id: 'always' })
    const client = await it.open('/things')
    expect(await client.data('count')).toEqual([{ count: 1 }])
  })
})

describe('limits', () => {
  it('of one address, and of one credential', async () => {
    await using it = await startRealtime({ config: { connectionsPerAddress: 3, clientsPerPrincipal: 2 } })
    const { key } = await it.key(['things:read'])
    const first = await it.open('/things', { token: key })
    await it.open('/things', { token: key })
    expect(await it.refused('/things', { token: key })).toMatchObject({
      message: 'rate_limited',
      data: { retryAfter: 60 },
    })
    await eventually(async () => (await it.stats()).connections).toBe(2)
    await it.open('/things')
    expect((await it.refused('/things')).message).toBe('websocket error')
    first.close()
    await eventually(async () => (await it.stats()).connections).toBe(2)
    await it.open('/things')
  })

  it.each(['websocket', 'polling'] as const)('count each client behind a trusted proxy, over %s', async (transport) => {
    const behind = (address: string) => ({ transports: [transport], headers: { 'X-Forwarded-For': address } })
    await using it = await startRealtime({
      config: { connectionsPerAddress: 1 },
      httpConfig: { trustedProxies: ['loopback'] },
    })
    const one = await it.open('/events', behind('192.0.2.1, 203.0.113.7'))
    expect((await it.refused('/events', behind('203.0.113.7'))).message).toMatch(/error/)
    await it.open('/events', behind('203.0.113.8'))
    await one.ask('execute', { command: 'things.fail' })
    expect(it.test.events.findLast(({ type }) => type === 'command.failed')?.data).toMatchObject({
      command: 'things.fail',
      address: '203.0.113.7',
    })
    one.close()
    await eventually(async () => (await it.stats()).connections).toBe(1)
    await it.open('/events', behind('203.0.113.7'))
  })

  it('of messages: too many are refused, and far too many cut', async () => {
    const config = { messages: { perSecond: 0.001, burst: 2 }, messagesPerNamespace: { perSecond: 0.001, burst: 3 } }
    await using it = await startRealtime({ config })
    const client = await it.open('/events')
    await client.ask('ping')
    await client.ask('ping')
    expect(await client.ask('ping')).toMatchObject({ problem: { code: 'rate_limited', status: 429, retryAfter: 1 } })
    const another = await it.open('/events')
    await another.ask('ping')
    expect(await another.ask('ping')).toMatchObject({ problem: { code: 'rate_limited' } })
    expect((await it.stats()).limited).toBe(2)
    const cut = client.disconnected()
    for (let i = 0; i < 30; i++) client.socket.emit('ping')
    expect(await cut).toMatch(/transport/)
    await eventually(async () => (await it.stats()).dropped).toBe(1)
  })
})
