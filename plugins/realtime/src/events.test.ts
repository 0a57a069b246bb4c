import { describe, expect, it } from 'vitest'
import { eventually } from './fixtures/eventually.ts'
import { startRealtime } from './fixtures/start-realtime.ts'
import { Happened, Hidden, Moved, record } from './fixtures/things.ts'
import { breaks, numbers } from './testing/breaks.ts'

describe('a subscription', () => {
  it('follows what happens to an account, recorded or not, and of these types only', async () => {
    await using it = await startRealtime()
    const client = await it.open('/events')
    const moves = await it.open('/events')
    const shop = await it.open('/events', { instance: 'shop' })
    await record(it, Happened, 1)
    expect(await client.ask('subscribe')).toEqual({})
    expect(await moves.ask('subscribe', { types: [Moved.id] })).toEqual({})
    expect(await shop.ask('subscribe', {})).toMatchObject({ problem: { code: 'instance_unknown' } })
    await record(it, Happened, 2)
    it.things.moved(3)
    await record(it, Happened, 4)
    expect(await numbers(client, 3)).toEqual([2, 3, 4])
    const [first, second] = await client.data('event')
    expect(first).toEqual({
      id: expect.stringMatching(/^evt_/),
      type: 'thing.happened',
      instance: 'default',
      time: expect.any(String),
      sequence: 2,
      data: { n: 2 },
    })
    expect(second).not.toHaveProperty('sequence')
    expect(await numbers(moves, 1)).toEqual([3])
    expect(await it.stats()).toMatchObject({ subscriptions: 2, byNamespace: { '/events': 3 } })
  })

  it('takes the place of the one before, and ends when it is told to', async () => {
    await using it = await startRealtime()
    const client = await it.open('/events')
    await client.ask('subscribe', { types: [Moved.id] })
    await client.ask('subscribe', { types: [Happened.id] })
    it.things.moved(1)
    await record(it, Happened, 2)
    expect(await numbers(client, 1)).toEqual([2])
    expect(await client.ask('unsubscribe')).toEqual({})
    await record(it, Happened, 3)
    await client.settled()
    expect(await numbers(client, 1)).toEqual([2])
    expect((await it.stats()).subscriptions).toBe(0)
  })

  it('begins after what the client has seen, and misses and doubles nothing where the log meets the present', async () => {
    await using it = await startRealtime()
    await record(it, Happened, ...Array.from({ length: 450 }, (_, i) => i + 1))
    const writing = record(it, Happened, ...Array.from({ length: 450 }, (_, i) => i + 451))
    await Promise.all(
      ['0', 100, '449'].map(async (after) => {
        const client = await it.open('/events')
        expect(await client.ask('subscribe', { after })).toEqual({})
        const from = Number(after) + 1
        expect(await numbers(client, 901 - from)).toEqual(Array.from({ length: 901 - from }, (_, i) => from + i))
      }),
    )
    await writing
  })

  it('shows only what the client may see', async () => {
    await using it = await startRealtime()
    const { key } = await it.key(['events:read', 'things:read'], ['default'])
    await record(it, Hidden, 1)
    await record(it, Happened, 2)
    const client = await it.open('/events', { token: key })
    await client.ask('subscribe', { after: 0 })
    await record(it, Hidden, 3)
    await record(it, Happened, 4)
    expect(await numbers(client, 2)).toEqual([2, 4])
  })

  it('of the host is for those who reach all of it', async () => {
    await using it = await startRealtime()
    const client = await it.open('/events', { instance: 'host' })
    expect(await client.ask('subscribe', { after: 0 })).toEqual({})
    const { key } = await it.key(['events:read'], ['default'])
    expect(await it.refused('/events', { token: key, instance: 'host' })).toMatchObject({ message: 'forbidden' })
  })

  it('is refused with the reason, before it begins', async () => {
    await using it = await startRealtime()
    const { key } = await it.key(['events:read', 'things:read'])
    const client = await it.open('/events', { token: key })
    const code = async (request: unknown) => (await client.ask('subscribe', request)).problem
    expect(await code({ types: ['no.such'] })).toMatchObject({
      code: 'input_invalid',
      detail: expect.stringContaining('no.such'),
    })
    expect(await code({ types: [Hidden.id] })).toMatchObject({ code: 'forbidden', status: 403 })
    expect(await code({ after: 'nonsense' })).toMatchObject({ code: 'cursor_invalid' })
    expect(await code({ after: 99 })).toMatchObject({ code: 'cursor_expired', status: 410 })
    expect(await code({ since: 1 })).toMatchObject({ code: 'input_invalid' })
    expect(await code('all')).toMatchObject({ code: 'input_invalid' })
    expect(await code(null)).toBeUndefined()
  })

  it('breaks off when the log cannot be read, and the client comes back for the rest', async () => {
    await using it = await startRealtime()
    const client = await it.open('/events', { reconnection: true })
    let broken = true
    client.socket.on('connect', () => void client.ask('subscribe', { after: 0 }))
    const { page } = it.log
    it.log.page = (query) => {
      if (broken && query.limit !== 1) {
        broken = false
        throw new Error('the disk is gone')
      }
      return page.call(it.log, query)
    }
    await record(it, Happened, 1)
    await client.ask('subscribe', { after: 0 })
    expect(await numbers(client, 1)).toEqual([1])
    expect(broken).toBe(false)
  })
})

describe('execute', () => {
  it('runs a command as the client, and answers with its output', async () => {
    await using it = await startRealtime()
    const client = await it.open('/events')
    expect(await client.ask('execute', { command: 'things.count', input: { add: 2 } })).toEqual({
      output: { count: 3 },
    })
    expect(await client.ask('execute', { command: 'things.count' })).toEqual({ output: { count: 3 } })
  })

  it('answers with a problem, as over HTTP', async () => {
    await using it = await startRealtime()
    const { key } = await it.key(['events:read', 'things:read'], ['default'])
    const client = await it.open('/events', { token: key })
    const problem = async (request: unknown) => (await client.ask('execute', request)).problem
    expect(await problem({ command: 'things.secret' })).toMatchObject({ status: 403, code: 'forbidden' })
    expect(await problem({ command: 'things.count', input: { instance: 'shop' } })).toMatchObject({ status: 403 })
    expect(await problem({ command: 'things.count', input: { add: 'x' } })).toMatchObject({
      code: 'input_invalid',
      errors: [{ path: 'add', message: expect.any(String) }],
      fix: expect.any(String),
    })
    expect(await problem({ command: 'no.such' })).toMatchObject({ code: 'command_unknown' })
    expect(await problem({ command: 'things.fail' })).toMatchObject({ status: 500, code: 'command_failed' })
    expect(JSON.stringify(await problem({ command: 'things.fail' }))).not.toMatch(/SELECT|home/)
    expect(await problem({ command: 'things.count', idempotencyKey: 'a b' })).toMatchObject({ code: 'input_invalid' })
    expect(await problem({ command: 7 })).toMatchObject({ code: 'input_invalid' })
    expect(await problem(undefined)).toMatchObject({ code: 'input_invalid' })
    let deep: unknown = 1
    for (let i = 0; i < 32; i++) deep = [deep]
    expect(await problem({ command: 'things.count', input: { deep } })).toMatchObject({ code: 'json_invalid' })
    const polluted = JSON.parse('{"__proto__":{"polluted":true}}')
    expect(await problem({ command: 'things.count', input: polluted })).toMatchObject({ code: 'json_invalid' })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('tells the handler when the client has gone', async () => {
    await using it = await startRealtime()
    const client = await it.open('/events')
    client.socket.emit('execute', { command: 'things.fail', input: { how: 'wait' } }, () => {})
    await client.settled()
    client.close()
    await eventually(() =>
      it.test.events.filter((event) => event.type === 'command.failed').map(({ data }) => data),
    ).toContainEqual(expect.objectContaining({ command: 'things.fail', via: 'ws', code: 'WAQ_ABORTED' }))
  })

  it('is held to so many at once', async () => {
    const rate = { perSecond: 10_000, burst: 10_000 }
    await using it = await startRealtime({ config: { messages: rate, messagesPerNamespace: rate } })
    const client = await it.open('/events')
    for (let i = 0; i < 100; i++)
      client.socket.emit('execute', { command: 'things.fail', input: { how: 'wait' } }, () => {})
    expect(await client.ask('execute', { command: 'things.count' })).toMatchObject({
      problem: { code: 'rate_limited' },
    })
  })

  it('needs no answer to be wanted', async () => {
    await using it = await startRealtime()
    const client = await it.open('/events')
    client.socket.emit('execute', { command: 'things.count', input: { add: 5 } })
    await eventually(() => it.things.count).toBe(6)
    client.socket.emit('nonsense', 1)
    await client.settled()
  })
})

describe('E6: missed events', () => {
  it('after any break the state is the present one, and what was missed comes exactly once', async () => {
    const { seen, written, stale } = await breaks({ rounds: 40, seed: 7 })
    expect(stale).toBe(0)
    expect(seen).toEqual(Array.from({ length: written }, (_, i) => i + 1))
    expect(written).toBeGreaterThan(50)
  })
})
