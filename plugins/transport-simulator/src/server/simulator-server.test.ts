import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { virtualRig } from '../fixtures/virtual-rig.ts'
import { SimulatorServer } from './simulator-server.ts'

const { network, ready } = virtualRig()
const server = new SimulatorServer(network)
let address: string
let port: number
beforeAll(async () => {
  address = await server.listen({ host: '127.0.0.1', port: 0 })
  port = Number(new URL(address).port)
  await ready('default')
})
afterAll(async () => {
  await server.close()
  network.close()
})

const hello = 'GET /link HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: waqtor-simulator/1\r\n\r\n'

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${address}${path}`, { method: 'POST', body, headers })
  return { status: response.status, body: await response.json() }
}

/** Writes bytes as they are, and answers everything that comes back until the other side closes. */
async function raw(text: string | Uint8Array): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.on('error', () => {})
  socket.write(text)
  socket.end()
  await once(socket, 'close')
  return answer
}

const alive = async () => expect((await fetch(`${address}/health`)).status).toBe(200)

describe('the simulator over HTTP', () => {
  it('is steered by POST /control', async () => {
    const answer = await post('/control', JSON.stringify({ instance: 'default', ackDelayMs: 5, restrict: 'why' }))
    expect(answer).toMatchObject({
      status: 200,
      body: { instance: 'default', behaviour: { ackDelayMs: 5, restrict: 'why' } },
    })
    const all = await post('/control', JSON.stringify({ restrict: false, seed: 1 }))
    expect(all).toMatchObject({ status: 200, body: { instance: null, behaviour: { restrict: null, seed: '1' } } })
  })

  it('plays messages, and shows the phones and their chats', async () => {
    expect(await post('/deliver', JSON.stringify({ from: '+201001234567', text: 'hello' }))).toMatchObject({
      status: 200,
      body: { messageId: expect.stringContaining('201001234567'), timestamp: expect.any(Number) },
    })
    const get = async (path: string) => (await fetch(`${address}${path}`)).json()
    expect(await get('/health')).toMatchObject({ status: 'ok', phones: 1, connected: 1, received: 1, pending: 0 })
    expect(await get('/phones')).toMatchObject({ items: [{ instance: 'default', connected: true }] })
    expect(await get('/chats?limit=5')).toMatchObject({ items: [{ chatId: '201001234567@c.us' }] })
    expect(await get('/chat?with=201001234567')).toMatchObject({ items: [{ body: 'hello', fromMe: false }] })
  })

  it('takes files of many megabytes, and lets people and phones do things', async () => {
    const data = Buffer.alloc(3_000_000, 'x').toString('base64')
    const media = { kind: 'video', mimeType: 'video/mp4', data }
    const delivered = await post('/deliver', JSON.stringify({ from: '201001234567', text: 'watch', media }))
    expect(delivered.status).toBe(200)
    const { messageId } = delivered.body as { messageId: string }
    const react = { messageId, emoji: '👍', from: '201001234567' }
    expect(await post('/phone', JSON.stringify({ react }))).toMatchObject({ status: 200, body: { messageId } })
    const written = await post('/phone', JSON.stringify({ write: { to: '201001234567', text: 'by hand' } }))
    expect(written).toMatchObject({ status: 200, body: { messageId: expect.stringContaining('true_') } })
  })

  it('says what is wrong with a request', async () => {
    const cases: [string, string, number, RegExp][] = [
      ['/control', '{', 400, /not JSON/],
      ['/control', '[]', 400, /expected object/],
      ['/control', 'null', 400, /expected object/],
      ['/control', '{"latency":5}', 400, /"latency"/],
      ['/control', '{"refuseRate":2}', 400, /refuseRate/],
      ['/control', '{"__proto__":{"polluted":1}}', 400, /__proto__/],
      ['/deliver', '{"from":"201001234567"}', 400, /text/],
      ['/deliver', '{"from":"nobody","text":"x"}', 400, /nobody/],
      ['/deliver', '{"instance":"nope","from":"201001234567","text":"x"}', 404, /nope/],
      ['/phone', '{}', 400, /exactly one/],
      ['/phone', '{"delete":{"messageId":"x"},"write":{"to":"201001234567","text":"x"}}', 400, /exactly one/],
      ['/phone', '{"delete":{"messageId":"true_x_y"}}', 404, /no message/],
      ['/scan', '{}', 409, /nothing to scan/],
      ['/nothing', '{}', 404, /\/control/],
      ['/constructor', '{}', 404, /\/control/],
      ['/health', '{}', 405, /GET/],
    ]
    for (const [path, body, status, detail] of cases) {
      const answer = await post(path, body)
      expect(answer.status, `${path} ${body}`).toBe(status)
      expect(answer.body, `${path} ${body}`).toMatchObject({ status, detail: expect.stringMatching(detail) })
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect((await fetch(`${address}/chat`)).status).toBe(400)
    const wrongMethod = await fetch(`${address}/control`)
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('reads no body that is too long', async () => {
    const answer = await post('/control', JSON.stringify({ restrict: 'x'.repeat(2_000_000) })).catch(() => undefined)
    // The answer may be lost where the client is still writing; the server lives on in any case.
    if (answer) expect(answer.status).toBe(413)
    await alive()
  })

  it('listens to no page in a browser', async () => {
    expect((await post('/control', '{}', { origin: 'https://example.com' })).status).toBe(403)
    const upgrade =
      'GET /link HTTP/1.1\r\nHost: x\r\nOrigin: https://example.com\r\nConnection: Upgrade\r\nUpgrade: waqtor-simulator/1\r\n\r\n'
    expect(await raw(upgrade)).toMatch(/^HTTP\/1\.1 426/)
  })

  it('survives whatever is written to its port', async () => {
    const requests = [
      hello,
      'POST /control HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{',
      'GET //%zz?%%% HTTP/1.1\r\n\r\n',
    ]
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((it) => Buffer.from(it)),
      fc.constantFrom(...requests).map((it) => Buffer.from(it)),
      fc.jsonValue().map((it) => Buffer.from(`${JSON.stringify(it)}\n`)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 5 }), async (all) => {
        await raw(Buffer.concat(all))
      }),
      { numRuns: 100 },
    )
    await alive()
  })

  it('survives whatever a linked host says', async () => {
    const number = fc.oneof({ weight: 5, arbitrary: fc.nat(2) }, fc.string())
    const text = fc.oneof(
      fc.constantFrom('201001234567@c.us', '1@lid', 'x@g.us', `true_201001234567@c.us_3EB0`),
      fc.string(),
    )
    const operation = fc.record(
      {
        do: fc.constantFrom(
          'send',
          'upload',
          'download',
          'act',
          'find',
          'newest',
          'resolve',
          'code',
          'logout',
          'ping',
          'dance',
        ),
        chatId: text,
        body: text,
        bodyHash: fc.oneof(fc.constant('0'.repeat(64)), text),
        notBefore: fc.oneof(fc.integer(), text),
        anchor: fc.oneof(fc.constant(null), text),
        messageId: text,
        phoneNumber: text,
      },
      { requiredKeys: ['do', 'chatId', 'body'] },
    )
    const opening = fc.record({
      instance: fc.constantFrom('a', 'b', ''),
      pairing: fc.constant(null),
      autoPair: fc.boolean(),
    })
    const frame = fc.oneof(
      fc.record({ type: fc.constant('open'), session: number, opening: fc.oneof(opening, fc.jsonValue()) }),
      fc.record({ type: fc.constant('close'), session: number }),
      {
        weight: 5,
        arbitrary: fc.record({
          type: fc.constant('call'),
          session: number,
          call: fc.nat(9),
          operation: fc.oneof(operation, fc.jsonValue()),
        }),
      },
    )
    const first = { type: 'open', session: 1, opening: { instance: 'a', pairing: null, autoPair: true } }
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 12 }), async (frames) => {
        const answer = await raw(`${hello}${[first, ...frames].map((it) => `${JSON.stringify(it)}\n`).join('')}`)
        expect(answer).toMatch(/^HTTP\/1\.1 101/)
      }),
      { numRuns: 150 },
    )
    await alive()
  })

  it('lets hosts know when it stops', async () => {
    const second = new SimulatorServer(network)
    const port = Number(new URL(await second.listen({ host: '127.0.0.1', port: 0 })).port)
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.write(hello)
    await once(socket, 'data')
    const gone = once(socket, 'close')
    await second.close()
    await gone
  })

  it('says where it listens, with IPv6 too, and when a port is taken', async () => {
    const second = new SimulatorServer(network)
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })
})
