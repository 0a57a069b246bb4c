import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { RawHandler } from '@waqtor/contracts'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { describe, expect, it } from 'vitest'
import { type HttpTest, type StartOptions, sendRaw, startHttp } from './fixtures/start-http.ts'

const upgrade = (path: string, ...more: string[]) =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    ...more,
    '\r\n',
  ].join('\r\n')

/** Answers requests by itself, and echoes whatever comes after an upgrade. */
class Echo implements RawHandler {
  readonly sockets: Duplex[] = []
  readonly urls: (string | undefined)[] = []

  request(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.urls.push(incoming.url)
    outgoing.writeHead(200, { 'content-type': 'text/plain' })
    outgoing.end('raw')
  }

  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.urls.push(incoming.url)
    this.sockets.push(socket)
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    if (head.length > 0) socket.write(head)
    socket.pipe(socket)
  }
}

async function started(options: StartOptions = {}): Promise<HttpTest & { echo: Echo; undo: () => void }> {
  const echo = new Echo()
  const it = await startHttp(options)
  return { ...it, echo, undo: it.http.takeOver('/raw', echo) }
}

describe('what is taken over', () => {
  it('gets requests as they come, by whichever way, with the headers that every answer has', async () => {
    await using it = await started({ config: { origins: ['https://dash.example.org'] } })
    const answer = await fetch(`${it.url}/raw/x?a=1`, { headers: { Origin: 'https://dash.example.org' } })
    expect([answer.status, await answer.text()]).toEqual([200, 'raw'])
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://dash.example.org')
    // A path with escapes does not go straight to the door.
    expect(await (await fetch(`${it.url}/r%61w/y`)).text()).toBe('raw')
    expect(it.echo.urls).toEqual(['/raw/x?a=1', '/r%61w/y'])
    expect(it.test.lines.filter((line) => line.message === 'answered')).toEqual([])
  })

  it('gets upgrades, and what came right after them', async () => {
    await using it = await started()
    const answers = sendRaw(it.url, upgrade('/raw/'), 'hello')
    await expect.poll(() => it.echo.sockets.length).toBe(1)
    it.echo.sockets[0]!.end()
    expect(await answers).toMatch(/^HTTP\/1.1 101 [\s\S]*\r\n\r\nhello$/)
  })

  it('is asked for no credential by the server, and wins over a shorter mount', async () => {
    await using it = await started()
    it.http.mount('/', () => ({ status: 200, body: 'mounted' }))
    expect(await (await fetch(`${it.url}/raw`, { headers: { 'X-API-Key': 'wrong' } })).text()).toBe('raw')
    expect(await (await fetch(`${it.url}/rawer`)).text()).toBe('mounted')
    expect(() => it.http.mount('/raw', () => ({ status: 200 }))).toThrow('mounted')
  })

  it('E2: hears nothing of foreign pages, foreign names, keys in the URL and who asks too often', async () => {
    const allowedHosts = ['waqtor.example.org']
    await using it = await started({ config: { allowedHosts, rateLimit: { perSecond: 0.001, burst: 3 } } })
    const status = async (...args: Parameters<typeof upgrade>) =>
      /^HTTP\/1.1 (\d+)/.exec(await sendRaw(it.url, upgrade(...args)))?.[1]
    expect(await status('/raw/', 'Origin: https://evil.example')).toBe('403')
    expect(await status('/raw/', 'Origin: null')).toBe('403')
    const key = `waq_${'0'.repeat(26)}_${'a'.repeat(64)}_00000000`
    expect(await sendRaw(it.url, upgrade(`/raw/?token=${key}`, 'Connection: close'))).toMatch(/key_in_url/)
    expect(await sendRaw(it.url, upgrade('/raw/').replace('localhost', 'evil.example'))).toMatch(/^HTTP\/1.1 421 /)
    const polling = await fetch(`${it.url}/raw/`, { headers: { Origin: 'https://evil.example' } })
    expect([polling.status, await polling.json()]).toMatchObject([403, { code: 'origin_not_allowed' }])
    expect(it.echo.urls).toEqual([])
    for (let i = 0; i < 3; i++) await fetch(`${it.url}/raw/`)
    const refused = await sendRaw(it.url, upgrade('/raw/'))
    expect(refused).toMatch(/^HTTP\/1.1 429 [\s\S]*retry-after: \d+[\s\S]*"code":"rate_limited"/)
    expect((await fetch(`${it.url}/raw/`)).status).toBe(429)
    expect(it.echo.urls).toHaveLength(3)
  })

  it('is gone at once when it is undone', async () => {
    await using it = await started()
    it.undo()
    expect((await fetch(`${it.url}/raw`)).status).toBe(404)
    expect(await sendRaw(it.url, upgrade('/raw', 'Connection: close'))).toMatch(/^HTTP\/1.1 404 /)
  })
})

describe('an upgrade that nobody awaits', () => {
  it.each([
    ['another path', upgrade('/other')],
    ['another protocol', upgrade('/other').replace('websocket', 'h2c')],
    ['another protocol where one is awaited', upgrade('/raw').replace('websocket', 'h2c')],
    ['a malformed path', upgrade('/raw/%2f')],
  ])('is an ordinary request: %s', async (_, request) => {
    await using it = await started()
    it.http.mount('/', () => ({ status: 200, body: 'ordinary' }))
    const answer = await sendRaw(it.url, request.replace('Connection: Upgrade', 'Connection: Upgrade, close'))
    expect(answer).toMatch(/^HTTP\/1.1 (200 [\s\S]*(ordinary|raw)|400 )/)
    expect(it.echo.sockets).toEqual([])
  })
})

describe('a port of its own', () => {
  it('has nothing but the handler, behind the same checks', async () => {
    await using it = await started()
    const port = await it.http.openPort(0, '/only', it.echo)
    it.http.mount('/api', () => ({ status: 200 }))
    expect(await (await fetch(`${port.address}/only/`)).text()).toBe('raw')
    expect((await fetch(`${port.address}/api`)).status).toBe(404)
    expect((await fetch(`${port.address}/only/`, { headers: { Origin: 'https://evil.example' } })).status).toBe(403)
    await port.close()
    await expect(fetch(`${port.address}/only/`)).rejects.toThrow()
  })

  it('that is taken is told with what to change', async () => {
    await using it = await started()
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    await expect(it.http.openPort(port, '/only', it.echo)).rejects.toThrow(/in use.*WS_PORT/)
    other.close()
  })
})

describe('a stop', () => {
  it('does not wait for connections that changed their protocol, and leaves none', async () => {
    await (await started({ config: { closeTimeoutMs: 50 } }))[Symbol.asyncDispose]()
    const before = snapshot()
    const it = await started({ config: { closeTimeoutMs: 50 } })
    const closed = sendRaw(it.url, upgrade('/raw'))
    const reset = connect(Number(new URL(it.url).port), '127.0.0.1', () => reset.write(upgrade('/raw')))
    await expect.poll(() => it.echo.sockets.length).toBe(2)
    reset.resetAndDestroy()
    await it[Symbol.asyncDispose]()
    expect(await closed).toMatch(/101/)
    expect(await leftBehind(before, () => snapshot(), { ignoring: ['TCPSocketWrap'] })).toEqual([])
  })
})
