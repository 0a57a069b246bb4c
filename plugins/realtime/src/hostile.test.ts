import { connect, type Socket } from 'node:net'
import { createKey } from '@waqtor/plugin-auth/contract'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventually } from './fixtures/eventually.ts'
import { type RealtimeTest, startRealtime } from './fixtures/start-realtime.ts'
import { Stopped } from './fixtures/things.ts'

afterEach(() => void vi.useRealTimers())

/** A WebSocket client made by hand, which can do what no library would. */
class RawClient {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  #text = ''

  private constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    socket.on('data', (data) => {
      this.#text += data.toString('latin1')
    })
  }

  static async open({ url }: RealtimeTest): Promise<RawClient> {
    const client = new RawClient(connect(Number(new URL(url).port), '127.0.0.1'))
    client.socket.write(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    await client.hears('"sid"')
    return client
  }

  async hears(text: string): Promise<void> {
    while (!this.#text.includes(text)) await new Promise((resolve) => this.socket.once('data', resolve))
  }

  /** Opens a channel. */
  async join(path: string, token: string): Promise<this> {
    this.send(`40${path},${JSON.stringify({ token })}`)
    await this.hears(`40${path}`)
    return this
  }

  send(text: string | Buffer, opcode = 1, fin = true): void {
    if (!this.socket.destroyed) this.socket.write(frame(Buffer.from(text), opcode, fin))
  }
}

function frame(payload: Buffer, opcode: number, fin: boolean): Buffer {
  const long = payload.length > 65_535
  const head = Buffer.alloc(long ? 14 : payload.length > 125 ? 8 : 6)
  head[0] = (fin ? 0x80 : 0) | opcode
  head[1] = 0x80 | (long ? 127 : payload.length > 125 ? 126 : payload.length)
  if (long) head.writeBigUInt64BE(BigInt(payload.length), 2)
  else if (payload.length > 125) head.writeUInt16BE(payload.length, 2)
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, payload])
}

describe('E4: a slow client', () => {
  it('is dropped when more waits for it than it may, and the others hear everything', async () => {
    await using it = await startRealtime({ config: { maxBufferBytes: 100_000 } })
    const stopped = await Promise.all(
      Array.from({ length: 20 }, async () => (await RawClient.open(it)).join('/things', it.admin)),
    )
    for (const { socket } of stopped) socket.pause()
    const reading = await it.open('/things')
    await reading.data('count')
    const text = 'x'.repeat(10_000)
    let sent = 0
    while ((await it.stats()).dropped < stopped.length) {
      for (let i = 0; i < 5; i++) it.things.emit(Stopped, { id: `${sent++} ${text}` })
      await reading.settled()
      if (sent > 100_000) throw new Error('a client that does not read is never dropped')
    }
    const heard = await reading.data('stopped', sent)
    expect(heard.map(({ id }) => Number.parseInt(id, 10))).toEqual(Array.from({ length: sent }, (_, i) => i))
    expect(await it.stats()).toMatchObject({ dropped: 20, total: 1, connections: 1 })
    for (const { socket } of stopped) socket.resume()
    await Promise.all(stopped.map(({ closed }) => closed))
  })

  it('of a subscription is dropped as well, also in the middle of a replay', async () => {
    await using it = await startRealtime({ config: { maxBufferBytes: 100_000 } })
    const client = await (await RawClient.open(it)).join('/events', it.admin)
    client.send('42/events,["subscribe",{}]')
    await eventually(async () => (await it.stats()).subscriptions).toBe(1)
    client.socket.pause()
    const text = 'x'.repeat(50_000)
    while ((await it.stats()).dropped === 0) it.things.moved(1, 'a', 'default', text)
    await eventually(async () => it.stats()).toMatchObject({ dropped: 1, subscriptions: 0, connections: 0 })
  })

  it('that polls and does not come back is dropped', async () => {
    await using it = await startRealtime({ config: { maxBufferBytes: 50_000 } })
    const url = `${it.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1))
    const body = `40/things,${JSON.stringify({ token: it.admin })}`
    await fetch(`${url}&sid=${sid}`, { method: 'POST', body })
    await eventually(async () => (await it.stats()).total).toBe(1)
    while ((await it.stats()).dropped === 0) it.things.emit(Stopped, { id: 'x'.repeat(10_000) })
    expect(await (await fetch(`${url}&sid=${sid}`)).json()).toMatchObject({ message: 'Session ID unknown' })
  })
})

describe('a client that opens the same channel many times at once', () => {
  it('holds no more of them than one credential may', async () => {
    await using it = await startRealtime({ config: { clientsPerPrincipal: 3 } })
    const url = `${it.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1))
    const one = `40/things,${JSON.stringify({ token: it.admin })}`
    await fetch(`${url}&sid=${sid}`, { method: 'POST', body: Array(50).fill(one).join('\u001e') })
    const answered = async () => {
      const { total, refused } = await it.stats()
      return total + refused
    }
    await eventually(answered).toBe(50)
    expect((await it.stats()).total).toBe(3)
  })
})

describe('a key with a limit of its own', () => {
  it('is held to it over all its connections together, and holds up nobody else', async () => {
    await using it = await startRealtime()
    const { key } = await it.test.run(createKey, { permissions: ['*'], rateLimit: { perSecond: 0.001, burst: 5 } })
    const limited = await Promise.all(Array.from({ length: 4 }, () => it.open('/events', { token: key })))
    const ask = { command: 'things.count', input: {} }
    const answers = []
    for (const client of [...limited, ...limited, ...limited]) answers.push(await client.ask('execute', ask))
    expect(answers.filter(({ problem }) => problem === undefined)).toHaveLength(5)
    expect(answers.slice(5).map(({ problem }) => problem?.code)).toEqual(Array(7).fill('rate_limited'))
    const other = await it.open('/events')
    expect((await other.ask('execute', ask)).problem).toBeUndefined()

    for (const client of [...limited, other]) client.close()
    await eventually(async () => (await it.stats()).total).toBe(0)
    const back = await it.open('/events', { token: key })
    expect((await back.ask('execute', ask)).problem?.code).toBe('rate_limited')
  })
})

describe('E5: hostile frames', () => {
  it.each<[string, (client: RawClient, admin: string) => void]>([
    ['10 MB', (it) => it.send('x'.repeat(10_000_000))],
    [
      '10 MB that are announced and do not come',
      (it) => it.socket.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x98, 0x96, 0x80])),
    ],
    [
      'a million tiny fragments',
      (it) => {
        it.send('4', 1, false)
        const one = frame(Buffer.from('x'), 0, false)
        const many = Buffer.concat(Array.from({ length: 10_000 }, () => one))
        for (let i = 0; i < 100; i++) it.socket.write(many)
      },
    ],
    [
      'a hundred thousand attachments that are claimed',
      (it) => it.send('451100000-/things,["x",{"_placeholder":true,"num":0}]'),
    ],
    [
      'attachments that never come, and something else instead',
      (it) => {
        it.send('451-/things,["x",{"_placeholder":true,"num":0}]')
        it.send('42/things,["x"]')
      },
    ],
    ['bad UTF-8', (it) => it.send(Buffer.from([0x34, 0xff, 0xfe, 0xfd]))],
    ['no packet at all', (it) => it.send('zzz')],
    ['a packet that is no JSON', (it) => it.send('42/things,{not json')],
    ['a packet for a channel that it did not open', (it) => it.send('42/own,["x"]')],
    ['a reserved event', (it) => it.send('42/things,["disconnect"]')],
    ['an unknown opcode', (it) => it.send('x', 7)],
    [
      'more messages than anybody sends',
      (it) => {
        for (let i = 0; i < 2_000; i++) it.send('42/things,["ping"]')
      },
    ],
  ])('%s end the connection of who sends them, and nothing else', async (_, attack) => {
    await using it = await startRealtime()
    const other = await it.open('/things')
    const client = await (await RawClient.open(it)).join('/things', it.admin)
    attack(client, it.admin)
    await client.closed
    await other.settled()
    await eventually(async () => (await it.stats()).connections).toBe(1)
    expect(it.test.lines.filter((line) => line.level === 'error' && !line.message.startsWith('the state of'))).toEqual(
      [],
    )
  })

  it('deep JSON and names that reach for a prototype are refused, or not listened to', async () => {
    await using it = await startRealtime()
    const client = await (await RawClient.open(it)).join('/events', it.admin)
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    client.send(`42/events,1["execute",{"command":"things.count","input":${deep}}]`)
    await client.hears('43/events,1[{"problem"')
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      client.send(`42/events,["${name}",{"x":1}]`)
    client.send('42/events,2["ping"]')
    await client.hears('43/events,2')
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  it('a thousand handshakes that are broken off leave nothing', async () => {
    await using it = await startRealtime()
    const { port } = new URL(it.url)
    const upgrade =
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from(
          { length: 50 },
          (_, i) =>
            new Promise<void>((resolve) => {
              const socket = connect(Number(port), '127.0.0.1', () => {
                socket.write(upgrade.slice(0, i % 2 === 0 ? undefined : 40 + i), () => socket.resetAndDestroy())
              })
              socket.on('error', () => {})
              socket.on('close', () => resolve())
            }),
        ),
      )
    }
    await eventually(async () => (await it.stats()).connections).toBe(0)
    await (await it.open('/things')).settled()
  })

  it('nobody stays who opens no channel', async () => {
    await using it = await startRealtime()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const client = await RawClient.open(it)
    client.send('40/unknown,{}')
    await client.hears('Invalid namespace')
    vi.advanceTimersByTime(9_999)
    expect((await it.stats()).connections).toBe(1)
    // A little more for the goodbye, which nobody answers here.
    await vi.advanceTimersByTimeAsync(1_000)
    await client.closed
    vi.useRealTimers()
  })
})
