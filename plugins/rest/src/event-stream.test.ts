import { createConnection } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { EventLog } from '@waqtor/contracts'
import { definePlugin, type Envelope, systemPrincipal, z } from '@waqtor/kernel'
import { revokeKey } from '@waqtor/plugin-auth/contract'
import { describe, expect, it } from 'vitest'
import { frameOf } from './event-stream.ts'
import { EventStreams } from './event-streams.ts'
import { type RestTest, startRest } from './fixtures/start-rest.ts'
import { Happened, HiddenHappened, Moved, record } from './fixtures/things.ts'

/** Reads server-sent events as a browser would. */
class Reader {
  readonly response: Response
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #controller: AbortController
  #text = ''

  private constructor(response: Response, controller: AbortController) {
    this.response = response
    this.#reader = response.body!.getReader()
    this.#controller = controller
  }

  static async open(it: RestTest, query = '', key = it.admin, headers: Record<string, string> = {}): Promise<Reader> {
    const controller = new AbortController()
    const response = await fetch(`${it.url}/events/stream${query}`, {
      headers: { 'X-API-Key': key, ...headers },
      signal: controller.signal,
    })
    expect(response.status).toBe(200)
    return new Reader(response, controller)
  }

  /** The next block: an event, or a comment. Nothing at the end. */
  async block(): Promise<string | undefined> {
    while (!this.#text.includes('\n\n')) {
      const { done, value } = await this.#reader.read()
      if (done) return undefined
      this.#text += Buffer.from(value).toString()
    }
    const end = this.#text.indexOf('\n\n')
    const block = this.#text.slice(0, end)
    this.#text = this.#text.slice(end + 2)
    return block
  }

  async event(): Promise<{ id?: string; type: string; data: Envelope<{ n: number }> }> {
    for (;;) {
      const block = await this.block()
      if (block === undefined) throw new Error('the stream has ended')
      if (block.startsWith(':')) continue
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)))
      return { id: fields.id, type: fields.event, data: JSON.parse(fields.data) }
    }
  }

  async numbers(count: number): Promise<number[]> {
    const numbers: number[] = []
    while (numbers.length < count) numbers.push((await this.event()).data.data.n)
    return numbers
  }

  /** Waits until the server has begun to listen for this client. */
  async begun(): Promise<this> {
    expect(await this.block()).toBe(':')
    return this
  }

  close(): void {
    this.#controller.abort()
  }
}

/** Emits transient events on demand. */
function mover() {
  let emit = (_n: number, _instance?: string, _text?: string): void => {}
  const plugin = definePlugin({
    name: 'mover',
    config: z.object({}),
    setup(ctx) {
      emit = (n, instance = 'default', text) => ctx.emit(Moved, { n, ...(text !== undefined && { text }) }, instance)
    },
  })
  return { entry: plugin(), move: (n: number, instance?: string, text?: string) => emit(n, instance, text) }
}

const listeners = (it: RestTest) => it.test.kernel.inspect().listeners['*'] ?? 0

describe('GET /events/stream', () => {
  it('follows what happens to an account, recorded or not, in order', async () => {
    const { entry, move } = mover()
    await using it = await startRest({ more: [entry] })
    await record(it, 'default', 1)
    const reader = await (await Reader.open(it)).begun()
    expect(Object.fromEntries(reader.response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    await record(it, 'default', 2)
    move(3)
    await record(it, 'default', 4)
    expect(await reader.event()).toEqual({
      id: '2',
      type: 'thing.happened',
      data: {
        id: expect.stringMatching(/^evt_/),
        type: 'thing.happened',
        instance: 'default',
        time: expect.any(String),
        sequence: 2,
        data: { n: 2 },
      },
    })
    expect(await reader.event()).toMatchObject({ id: undefined, type: 'thing.moved', data: { data: { n: 3 } } })
    expect((await reader.event()).id).toBe('3')
    reader.close()
  })

  it('keeps accounts and the host apart, and types', async () => {
    const { entry, move } = mover()
    await using it = await startRest({ more: [entry] })
    await record(it, 'default', 0)
    await record(it, 'shop', 0)
    const shop = await (await Reader.open(it, '?instance=shop')).begun()
    const host = await (await Reader.open(it, '?instance=host')).begun()
    const moved = await (await Reader.open(it, '?types=thing.moved,hidden.happened')).begun()
    await record(it, 'default', 1)
    await record(it, 'shop', 2)
    await record(it, 'host', 3)
    move(4, 'shop')
    move(5)
    expect(await shop.numbers(2)).toEqual([2, 4])
    const types = [(await host.event()).type]
    while (types.at(-1) !== 'host.happened') types.push((await host.event()).type)
    expect(types.every((type) => !type.startsWith('thing.'))).toBe(true)
    expect(await moved.numbers(1)).toEqual([5])
    for (const reader of [shop, host, moved]) reader.close()
  })

  it.each(['Last-Event-ID', 'after'])('begins after what the client has seen already, named by %s', async (way) => {
    await using it = await startRest()
    await record(it, 'default', 1, 2, 3)
    const reader =
      way === 'after'
        ? await Reader.open(it, '?after=1')
        : await Reader.open(it, '?after=99', it.admin, { 'Last-Event-ID': '1' })
    expect(await reader.numbers(2)).toEqual([2, 3])
    await record(it, 'default', 4)
    expect(await reader.numbers(1)).toEqual([4])
    reader.close()
  })

  it('misses and doubles nothing where what was missed meets what happens', async () => {
    await using it = await startRest()
    await record(it, 'default', ...Array.from({ length: 450 }, (_, index) => index + 1))
    const opened = await it.database.open('default')
    const writing = (async () => {
      for (let n = 451; n <= 900; n++) await opened.write((tx) => it.log.record(tx, Happened, { n }))
    })()
    const readers = await Promise.all(['0', '100', '449'].map((after) => Reader.open(it, `?after=${after}`)))
    for (const [index, from] of [1, 101, 450].entries()) {
      const numbers = await readers[index]!.numbers(901 - from)
      expect(numbers).toEqual(Array.from({ length: 901 - from }, (_, i) => from + i))
    }
    await writing
    for (const reader of readers) reader.close()
  })

  it('shows of the log and of the present only what the key may see', async () => {
    await using it = await startRest()
    const { key } = await it.key(['events:read', 'things:read'], ['default'])
    const opened = await it.database.open('default')
    await it.log.attach('default')
    const both = async (n: number) => {
      await opened.write(async (tx) => {
        await it.log.record(tx, HiddenHappened, { n })
        await it.log.record(tx, Happened, { n: n + 1 })
      })
    }
    await both(10)
    const reader = await Reader.open(it, '?after=0', key)
    expect(await reader.numbers(1)).toEqual([11])
    await both(20)
    expect(await reader.numbers(1)).toEqual([21])
    reader.close()
    const everything = await Reader.open(it, '?after=0')
    expect(await everything.numbers(4)).toEqual([10, 11, 20, 21])
    everything.close()
  })

  it('breaks off while the gate cannot be asked, so that the client comes back for what it would have missed', async () => {
    let away = false
    const guard = definePlugin({
      name: 'guard',
      config: z.object({}),
      setup(ctx) {
        ctx.tap(ctx.kernel.hooks.authorize, ({ id }) =>
          away && id === Happened.id
            ? { status: 503 as const, code: 'reloading', reason: 'is being restarted' }
            : undefined,
        )
      },
    })
    await using it = await startRest({ more: [guard()] })
    await record(it, 'default', 1)
    const before = listeners(it)
    const reader = await (await Reader.open(it)).begun()
    away = true
    await record(it, 'default', 2)
    await expect(reader.block()).rejects.toThrow('terminated')
    expect(listeners(it)).toBe(before)
    away = false
    const again = await Reader.open(it, '', it.admin, { 'Last-Event-ID': '1' })
    expect(await again.numbers(1)).toEqual([2])
    again.close()
    expect(it.test.lines.filter((line) => line.level === 'error')).toEqual([])
  })

  it('is refused in the order of the gate, before it begins', async () => {
    await using it = await startRest()
    await record(it, 'default', 1)
    const bad = '/events/stream?instance=No&types=none'
    const key = async (permissions: string[], instances?: string[]) => (await it.key(permissions, instances)).key
    const events = await key(['events:read'], ['default'])
    const seen = [
      await it.ask(bad, { key: null }),
      await it.ask(bad, { key: await key(['things:read']) }),
      await it.ask(bad, { key: events }),
      await it.ask('/events/stream?instance=shop', { key: events }),
      await it.ask('/events/stream?instance=host', { key: events }),
      await it.ask('/events/stream?types=thing.happened', { key: events }),
      await it.ask('/events/stream?types=no.such'),
      await it.ask('/events/stream?after=nonsense'),
      await it.ask('/events/stream?after=1&after=2'),
      await it.ask('/events/stream?since=1'),
      await it.ask('/events/stream?instance=nobody'),
      await it.ask('/events/stream', { method: 'POST' }),
      await it.ask('/events/stream', { method: 'HEAD' }),
    ]
    expect(seen.map(({ status }) => status)).toEqual([401, 403, 400, 403, 403, 403, 400, 400, 400, 400, 404, 405, 200])
    expect(listeners(it)).toBe(1)
  })

  it('is cut at once when its key is revoked, and no other', async () => {
    await using it = await startRest()
    await record(it, 'default', 1)
    const { key, id } = await it.key(['*'])
    const revoked = await (await Reader.open(it, '', key)).begun()
    const kept = await (await Reader.open(it)).begun()
    await it.test.run(revokeKey, { id }, { principal: systemPrincipal })
    await expect(revoked.block()).rejects.toThrow('terminated')
    await record(it, 'default', 2)
    expect(await kept.numbers(1)).toEqual([2])
    kept.close()
    await it.test.kernel.close()
    expect(it.test.lines.filter((line) => line.level === 'error')).toEqual([])
  })

  it('is cut when its key is revoked while the gate is still asked about it', async () => {
    let asked = async () => {}
    const guard = definePlugin({
      name: 'guard',
      config: z.object({}),
      setup: (ctx) =>
        ctx.tap(ctx.kernel.hooks.authorize, async ({ id }) => {
          if (id === 'events.stream') await asked()
          return undefined
        }),
    })
    await using it = await startRest({ more: [guard()] })
    await record(it, 'default', 1)
    const { key, id } = await it.key(['*'])
    asked = async () => {
      asked = async () => {}
      await it.test.run(revokeKey, { id }, { principal: systemPrincipal })
    }
    const before = listeners(it)
    const whole = fetch(`${it.url}/events/stream`, { headers: { 'X-API-Key': key } }).then((response) =>
      response.text(),
    )
    await expect(whole).rejects.toThrow(/terminated|fetch failed/)
    expect(listeners(it)).toBe(before)
  })

  it('ends when the server does, without being waited for', async () => {
    const it = await startRest()
    await record(it, 'default', 1)
    const reader = await (await Reader.open(it)).begun()
    const closing = it[Symbol.asyncDispose]()
    expect(await reader.block()).toBeUndefined()
    await closing
  })

  it('lets go of the bus when the last client has gone', async () => {
    await using it = await startRest()
    await record(it, 'default', 1)
    const before = listeners(it)
    const [one, two] = [await (await Reader.open(it)).begun(), await (await Reader.open(it)).begun()]
    expect(listeners(it)).toBe(before + 1)
    one.close()
    two.close()
    await expect.poll(() => listeners(it)).toBe(before)
  })

  it('cuts a client that does not read, and others hear everything', async () => {
    const { entry, move } = mover()
    await using it = await startRest({ more: [entry] })
    await record(it, 'default', 1)
    const { hostname, port, pathname } = new URL(`${it.url}/events/stream`)
    const stopped = createConnection(Number(port), hostname, () => {
      stopped.write(`GET ${pathname} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${it.admin}\r\n\r\n`)
    })
    await new Promise((resolve) => stopped.once('data', resolve))
    stopped.pause()
    const reading = await (await Reader.open(it)).begun()
    const before = listeners(it)
    const ended = new Promise((resolve) => stopped.once('close', resolve))
    stopped.on('error', () => {})
    const text = 'x'.repeat(100_000)
    for (let n = 1; n <= 200; n++) {
      move(n, 'default', text)
      expect(await reading.numbers(1)).toEqual([n])
    }
    reading.close()
    await expect.poll(() => listeners(it)).toBe(before - 1)
    stopped.resume()
    await ended
  })

  it('may be held a hundred times by one key', async () => {
    await using it = await startRest()
    await record(it, 'default', 1)
    const readers = await Promise.all(Array.from({ length: 100 }, () => Reader.open(it)))
    const refused = await it.ask('/events/stream')
    expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited'])
    const other = await Reader.open(it, '', (await it.key(['*'])).key)
    for (const reader of [...readers, other]) reader.close()
  })

  it('asks the gate anew when somebody may see more or less than before', async () => {
    await using it = await startRest()
    await record(it, 'default', 9)
    const holding = (...permissions: string[]) => {
      return { id: 'usr_1', role: 'user', permissions: new Set(permissions), instances: 'all' } as const
    }
    let principal = holding('events:read', Happened.permission)
    const streams = new EventStreams({
      kernel: it.test.kernel,
      log: it.test.service(EventLog),
      authentication: { authenticate: async () => principal, hasKeys: async () => true },
    })
    const { headers } = new Request('http://localhost/events/stream')
    const http = { headers, method: 'GET', search: '', requestId: 'r', address: '::1', principal } as never
    const reader = ((await streams.answer(http)) as Response).body!.getReader()
    const text = async () => Buffer.from((await reader.read()).value!).toString()
    expect(await text()).toBe(':\n\n')

    principal = holding('events:read')
    await streams.reconsider('usr_2')
    const first = text()
    await record(it, 'default', 1)
    expect(await first).toContain('"n":1')
    await streams.reconsider('usr_1')
    const next = text()
    await record(it, 'default', 2)
    await setImmediate()
    principal = holding('events:read', Happened.permission)
    await streams.reconsider(null)
    await record(it, 'default', 3)
    expect(await next).toContain('"n":3')
    streams.close()
  })

  it('shows a sign of life, and ends when the key has', async () => {
    await using it = await startRest()
    await record(it, 'default', 1)
    const principal = systemPrincipal
    let good = true
    const streams = new EventStreams({
      kernel: it.test.kernel,
      log: it.test.service(EventLog),
      authentication: { authenticate: async () => (good ? principal : null), hasKeys: async () => true },
      heartbeatMs: 5,
    })
    const { headers } = new Request('http://localhost/events/stream')
    const http = { headers, method: 'GET', search: '', requestId: 'r', address: '::1', principal } as never
    const reader = ((await streams.answer(http)) as Response).body!.getReader()
    const text = async () => Buffer.from((await reader.read()).value!).toString()
    expect([await text(), await text(), await text()]).toEqual([':\n\n', ':\n\n', ':\n\n'])
    good = false
    const end = async () => {
      for (;;) await text()
    }
    await expect(end()).rejects.toMatchObject({ code: 'WAQ_UNAUTHENTICATED' })
  })
})

describe('a frame', () => {
  it('has the sequence of a recorded event as its id, and is one line of data', () => {
    const envelope = { id: 'evt_1', type: 'x.y', instance: null, time: 't', data: { text: 'a\nb\r\n\ndata: x' } }
    expect(frameOf({ ...envelope, sequence: 7 })).toMatch(/^id: 7\nevent: x\.y\ndata: [^\n\r]+\n\n$/)
    expect(frameOf(envelope)).toMatch(/^event: x\.y\ndata: [^\n\r]+\n\n$/)
  })
})
