import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutgoing, type Outgoing, type OutgoingRequest } from './outgoing.ts'

const how: Omit<OutgoingRequest, 'url'> = { timeoutMs: 20_000, maxBytes: 1_000, larger: 'cut' }
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function serve(handler: RequestListener): Promise<{ server: Server; port: number; url: string }> {
  const server = createServer(handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { server, port, url: `http://127.0.0.1:${port}` }
}

function allowing(port: number, more: Parameters<typeof createOutgoing>[0] = {}): Outgoing {
  const outgoing = createOutgoing({ allowPrivate: [`127.0.0.1:${port}`], ...more })
  closers.push(() => outgoing.close())
  return outgoing
}

describe('a request', () => {
  it('brings method, path, headers and body, and answers status, headers and body', async () => {
    const { url, port } = await serve(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString()
      response.setHeader('X-Kind', 'echo')
      response.statusCode = 201
      response.end(
        JSON.stringify({
          method: request.method,
          url: request.url,
          host: request.headers.host,
          body,
          x: request.headers['x-mine'],
        }),
      )
    })
    const answer = await allowing(port).request({
      ...how,
      url: `${url}/a?b=c`,
      method: 'POST',
      headers: { 'X-Mine': '1' },
      body: 'hello',
    })
    expect(answer).toMatchObject({ status: 201, headers: { 'x-kind': 'echo' } })
    expect(JSON.parse(Buffer.from(answer.body).toString())).toEqual({
      method: 'POST',
      url: '/a?b=c',
      host: `127.0.0.1:${port}`,
      body: 'hello',
      x: '1',
    })
  })

  it('goes to the address of the name, with the name in Host', async () => {
    const { port } = await serve((request, response) => response.end(request.headers.host))
    const outgoing = createOutgoing({ allowPrivate: [`n8n.example:${port}`], resolve: async () => ['127.0.0.1'] })
    closers.push(() => outgoing.close())
    const { body } = await outgoing.request({ ...how, url: `http://n8n.example:${port}/` })
    expect(Buffer.from(body).toString()).toBe(`n8n.example:${port}`)
  })

  it('tries the next address where the first leads nowhere', async () => {
    const { port } = await serve((_, response) => response.end('here'))
    const outgoing = createOutgoing({
      allowPrivate: [`two.example:${port}`],
      resolve: async () => ['127.0.0.9', '127.0.0.1'],
    })
    closers.push(() => outgoing.close())
    const { body } = await outgoing.request({ ...how, url: `http://two.example:${port}/` })
    expect(Buffer.from(body).toString()).toBe('here')
  })

  it('uses a connection again, but not where the same name leads to another address', async () => {
    const sockets = new Set<Socket>()
    const { port, server } = await serve((_, response) => response.end())
    server.on('connection', (socket) => sockets.add(socket))
    let addresses = ['127.0.0.1']
    const outgoing = createOutgoing({ allowPrivate: [`kept.example:${port}`], resolve: async () => addresses })
    closers.push(() => outgoing.close())
    const ask = () => outgoing.request({ ...how, url: `http://kept.example:${port}/` })
    for (let i = 0; i < 8; i++) await ask()
    // One that has just answered may not be free yet when the next request is made.
    const kept = sockets.size
    expect(kept).toBeLessThanOrEqual(2)
    addresses = ['127.0.0.9', '127.0.0.1']
    await ask()
    expect(sockets.size).toBe(kept + 1)
  })

  it.each([301, 302, 303, 307, 308])(
    'C7: takes a redirect with %i as an answer and follows it nowhere',
    async (status) => {
      const hits: string[] = []
      const canary = await serve((request, response) => {
        hits.push(request.url!)
        response.end()
      })
      for (const location of [`${canary.url}/secret`, 'file:///etc/passwd', `//127.0.0.1:${canary.port}/x`]) {
        const { url, port } = await serve((_, response) => {
          response.writeHead(status, { location, refresh: `0; url=${location}`, 'content-type': 'text/html' })
          response.end(`<meta http-equiv="refresh" content="0; url=${location}">`)
        })
        // Even where it may be reached: nobody has asked for it.
        const answer = await allowing(port, {
          allowPrivate: [`127.0.0.1:${port}`, `127.0.0.1:${canary.port}`],
        }).request({ ...how, url })
        expect(answer.status).toBe(status)
      }
      expect(hits).toEqual([])
    },
  )

  it('C5: reaches no canary on this machine, under whatever name for it', async () => {
    const hits: string[] = []
    const { port } = await serve((request, response) => {
      hits.push(request.url!)
      response.end()
    })
    const outgoing = createOutgoing()
    closers.push(() => outgoing.close())
    for (const host of [
      '127.0.0.1',
      '127.1',
      '0',
      '2130706433',
      'localhost',
      'localhost.',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0x7f.1',
    ])
      await expect(outgoing.request({ ...how, url: `http://${host}:${port}/` })).rejects.toMatchObject({
        code: 'WAQ_URL_REFUSED',
      })
    expect(hits).toEqual([])
  })
})

describe('an answer', () => {
  const endless: RequestListener = (_, response) => {
    const more = () => {
      while (response.write('x'.repeat(10_000)));
    }
    response.on('drain', more)
    more()
  }

  it('is cut where it becomes too long, and so is the connection', async () => {
    const { url, port } = await serve(endless)
    const { status, body } = await allowing(port).request({ ...how, url })
    expect([status, body.byteLength]).toEqual([200, 1_000])
  })

  it('is refused where it has to be whole, announced or not', async () => {
    const large = await serve(endless)
    const refused = { code: 'WAQ_OUTGOING_TOO_LARGE', status: 413 }
    await expect(allowing(large.port).request({ ...how, url: large.url, larger: 'refuse' })).rejects.toMatchObject(
      refused,
    )
    const announced = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 5_000_000_000 })
      response.flushHeaders()
    })
    await expect(
      allowing(announced.port).request({ ...how, url: announced.url, larger: 'refuse' }),
    ).rejects.toMatchObject(refused)
    const just = await serve((_, response) => response.end('x'.repeat(1_000)))
    const { body } = await allowing(just.port).request({ ...how, url: just.url, larger: 'refuse' })
    expect(body.byteLength).toBe(1_000)
  })

  it('is refused without an error left behind that nobody catches, also when all of it has come', async () => {
    const uncaught: unknown[] = []
    const heard = (error: unknown) => uncaught.push(error)
    // In place of the test runner's own, which would only fail the whole run.
    const others = process.rawListeners('uncaughtException') as NodeJS.UncaughtExceptionListener[]
    process.removeAllListeners('uncaughtException').on('uncaughtException', heard)
    try {
      const { url, port } = await serve((_, response) => response.end('x'.repeat(1_001)))
      const outgoing = allowing(port)
      for (let i = 0; i < 20; i++)
        await expect(outgoing.request({ ...how, url, larger: 'refuse' })).rejects.toMatchObject({ status: 413 })
      // Streams tell of their errors a turn of the event loop later.
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
    } finally {
      process.off('uncaughtException', heard)
      for (const it of others) process.on('uncaughtException', it)
    }
    expect(uncaught).toEqual([])
  })

  it('is not unpacked: a bomb stays a small file', async () => {
    const packed = Buffer.from('1f8b0800000000000003cbcc2d2c4d4b4c2e51c84d2c4e4d2e2e49cc2b0600', 'hex')
    const { url, port } = await serve((_, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(packed)
    })
    const { body } = await allowing(port).request({ ...how, url })
    expect(Buffer.from(body)).toEqual(packed)
  })

  it.each([
    ['never begins', () => {}],
    [
      'drips',
      (response) => {
        response.writeHead(200)
        const timer = setInterval(() => response.write('.'), 10)
        response.on('close', () => clearInterval(timer))
      },
    ],
  ] as [string, (response: Parameters<RequestListener>[1]) => void][])('is given up when it %s', async (_, act) => {
    const { url, port } = await serve((_request, response) => act(response))
    await expect(allowing(port).request({ ...how, url, timeoutMs: 150 })).rejects.toMatchObject({
      code: 'WAQ_OUTGOING_TIMEOUT',
      status: 504,
    })
  })

  it('is given up when a name is not found in time, or not at all', async () => {
    const silent = createOutgoing({ resolve: () => new Promise(() => {}) })
    await expect(silent.request({ ...how, url: 'http://silent.example/', timeoutMs: 50 })).rejects.toMatchObject({
      code: 'WAQ_OUTGOING_TIMEOUT',
    })
    const unknown = createOutgoing({
      resolve: async () => {
        throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
      },
    })
    await expect(unknown.request({ ...how, url: 'http://unknown.example/' })).rejects.toMatchObject({
      code: 'WAQ_OUTGOING_FAILED',
      message: "the name 'unknown.example' is not known",
    })
    await expect(unknown.check('http://unknown.example/')).resolves.toBeUndefined()
    const empty = createOutgoing({ resolve: async () => [] })
    await expect(empty.request({ ...how, url: 'http://empty.example/' })).rejects.toMatchObject({
      code: 'WAQ_OUTGOING_FAILED',
    })
  })

  it('that breaks off is told in words', async () => {
    const { url, port } = await serve((request) => request.socket.destroy())
    await expect(allowing(port).request({ ...how, url })).rejects.toMatchObject({
      code: 'WAQ_OUTGOING_FAILED',
      message: `'127.0.0.1:${port}' broke the connection off`,
    })
    const closed = await serve(() => {})
    await closers.pop()!()
    await expect(allowing(closed.port).request({ ...how, url: closed.url })).rejects.toThrow('refuses connections')
  })

  it('that is no HTTP is told as well', async () => {
    const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => server.close())
    const { port } = server.address() as AddressInfo
    await expect(allowing(port).request({ ...how, url: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'WAQ_OUTGOING_FAILED',
    })
    // Nor does it speak TLS.
    await expect(allowing(port).request({ ...how, url: `https://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'WAQ_OUTGOING_FAILED',
    })
  })
})

describe('the end', () => {
  it('comes with what the caller aborts with', async () => {
    const asked = Promise.withResolvers<void>()
    const { url, port } = await serve(() => asked.resolve())
    const controller = new AbortController()
    const asking = allowing(port).request({ ...how, url, signal: controller.signal })
    await asked.promise
    controller.abort(new Error('changed my mind'))
    await expect(asking).rejects.toThrow('changed my mind')
    await expect(allowing(port).request({ ...how, url, signal: controller.signal })).rejects.toThrow('changed my mind')
  })

  it('leaves nothing behind', async () => {
    const { url, port } = await serve((request, response) => {
      if (request.url === '/fast') response.end('x'.repeat(5_000))
    })
    const once = async () => {
      const outgoing = createOutgoing({ allowPrivate: [`127.0.0.1:${port}`] })
      await outgoing.request({ ...how, url: `${url}/fast` })
      const hanging = outgoing.request({ ...how, url: `${url}/slow` })
      hanging.catch(() => {})
      await outgoing.request({ ...how, url: `${url}/fast` })
      await outgoing.close()
      await expect(hanging).rejects.toMatchObject({ code: 'WAQ_OUTGOING_FAILED' })
      await expect(outgoing.request({ ...how, url: `${url}/fast` })).rejects.toThrow()
    }
    for (let i = 0; i < 3; i++) await once()
    const before = snapshot()
    for (let i = 0; i < 5; i++) {
      await once()
      // The server's ends of the connections live in this very process, and a clock of the client's runs out by itself.
      expect(await leftBehind(before, () => snapshot())).toEqual([])
    }
  })
})

describe('https', () => {
  it('asks for the name of the URL at the address that was checked, and believes no other certificate', async () => {
    const names: string[] = []
    const server = createTlsServer({
      SNICallback: (name, done) => {
        names.push(name)
        done(new Error('there is no certificate here'))
      },
    })
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => server.close())
    const { port } = server.address() as AddressInfo
    const outgoing = createOutgoing({
      allowPrivate: [`secure.example:${port}`],
      resolve: async () => ['127.0.0.1'],
    })
    closers.push(() => outgoing.close())
    await expect(outgoing.request({ ...how, url: `https://secure.example:${port}/` })).rejects.toMatchObject({
      code: 'WAQ_OUTGOING_FAILED',
      details: { reason: expect.stringContaining(`'secure.example:${port}'`) },
    })
    expect(names).toEqual(['secure.example'])
  })
})

describe('many places', () => {
  it('are forgotten when nobody asks there any more', async () => {
    const { port } = await serve((_, response) => response.end())
    const names = Array.from({ length: 80 }, (_, i) => `place-${i}.example`)
    const outgoing = createOutgoing({
      allowPrivate: names.map((it) => `${it}:${port}`),
      resolve: async () => ['127.0.0.1'],
    })
    closers.push(() => outgoing.close())
    // More than are kept, some at once: each answers, the forgotten ones as well.
    for (const name of [...names, ...names.slice(0, 3)])
      expect((await outgoing.request({ ...how, url: `http://${name}:${port}/` })).status).toBe(200)
    const all = await Promise.all(names.map((it) => outgoing.request({ ...how, url: `http://${it}:${port}/` })))
    expect(all.every((it) => it.status === 200)).toBe(true)
  })
})
