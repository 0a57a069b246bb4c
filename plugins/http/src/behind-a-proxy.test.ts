import type { IncomingMessage } from 'node:http'
import type { HttpRequest, RawHandler } from '@waqtor/contracts'
import { recordingLogger } from '@waqtor/kernel/testing'
import { describe, expect, it, vi } from 'vitest'
import { clientsOf } from './client.ts'
import { type HttpTest, type StartOptions, sendRaw, startHttp } from './fixtures/start-http.ts'

const stranger = '203.0.113.7'
const from = (address: string) => ({ 'X-Forwarded-For': address })

/** A server that keeps whom its requests were from, by whichever door. */
async function started(options: StartOptions = {}): Promise<HttpTest & { seen: [string, string, boolean?][] }> {
  const it = await startHttp(options)
  const seen: [string, string, boolean?][] = []
  const handler = (kind: string) => async (request: HttpRequest) => {
    seen.push([kind, request.address, request.https])
    if (kind === 'upload') for await (const _ of request.stream(1_000));
    return { status: 200 }
  }
  const raw: RawHandler = {
    request(incoming, outgoing) {
      seen.push(['raw', it.http.addressOf(incoming)])
      outgoing.end()
    },
    upgrade(incoming, socket) {
      seen.push(['upgrade', it.http.addressOf(incoming)])
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    },
  }
  it.http.mount('/plain', handler('plain'))
  it.http.mount('/upload', handler('upload'), { streamed: true })
  it.http.takeOver('/raw', raw)
  return { ...it, seen }
}

async function hintsAt(remoteAddress: string | undefined): Promise<number> {
  const log = recordingLogger()
  const clientOf = await clientsOf([], log)
  const asked = (headers: object) => ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage
  clientOf(asked({}))
  for (let i = 0; i < 3; i++) clientOf(asked({ 'x-forwarded-for': stranger }))
  return log.lines.length
}

async function everyDoor(it: HttpTest): Promise<void> {
  const headers = { ...from(stranger), 'X-Forwarded-Proto': 'https' }
  await fetch(`${it.url}/plain`, { headers })
  await fetch(`${it.url}/upload`, { method: 'POST', body: 'abc', headers })
  await fetch(`${it.url}/raw`, { headers })
  const lines = ['GET /raw HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket']
  await sendRaw(it.url, [...lines, `X-Forwarded-For: ${stranger}`, '\r\n'].join('\r\n'))
}

describe('behind a trusted proxy', () => {
  it('every door gets the address of the client, and how it came', async () => {
    await using it = await started({ config: { trustedProxies: ['loopback'] } })
    await everyDoor(it)
    expect(it.seen).toEqual([
      ['plain', stranger, true],
      ['upload', stranger, true],
      ['raw', stranger],
      ['upgrade', stranger],
    ])
  })

  it('whoever checks the credential is told the same address', async () => {
    const addresses: string[] = []
    const authenticate = async (_: unknown, address: string) => {
      addresses.push(address)
      return null
    }
    const authentication = { authenticate, hasKeys: async () => true }
    await using it = await started({ config: { trustedProxies: ['loopback'] }, authentication })
    await fetch(`${it.url}/plain`, { headers: from(stranger) })
    expect(addresses).toEqual([stranger])
  })

  it('several headers are one', async () => {
    await using it = await started({ config: { trustedProxies: ['loopback'] } })
    const lines = ['GET /plain HTTP/1.1', 'Host: localhost', 'Connection: close']
    const forwarded = ['192.0.2.1', stranger, '127.0.0.9'].map((address) => `X-Forwarded-For: ${address}`)
    await sendRaw(it.url, [...lines, ...forwarded, '\r\n'].join('\r\n'))
    expect(it.seen).toEqual([['plain', stranger, false]])
  })

  it('one client that asks too much leaves the others alone', async () => {
    const config = { trustedProxies: ['loopback'], rateLimit: { perSecond: 0.001, burst: 2 } }
    await using it = await started({ config })
    const ask = async (path: string, address: string) => (await fetch(it.url + path, { headers: from(address) })).status
    expect([await ask('/plain', stranger), await ask('/raw', stranger)]).toEqual([200, 200])
    expect([await ask('/plain', stranger), await ask('/raw', stranger)]).toEqual([429, 429])
    expect(await ask('/plain', `192.0.2.1, ${stranger}`)).toBe(429)
    expect([await ask('/plain', '203.0.113.8'), await ask('/raw', '203.0.113.8')]).toEqual([200, 200])
  })

  it('the environment wins over the config', async () => {
    const config = { trustedProxies: ['192.0.2.1'] }
    await using it = await started({ config, options: { trustedProxies: '192.0.2.2, loopback' } })
    await fetch(`${it.url}/plain`, { headers: from(stranger) })
    expect(it.seen).toEqual([['plain', stranger, false]])
    const wrong = startHttp({ options: { trustedProxies: 'loopback,nginx' } })
    await expect(wrong).rejects.toThrow(/WAQTOR_TRUSTED_PROXIES: 'nginx' must be an address/)
    await expect(startHttp({ config: { trustedProxies: ['0.0.0.0/0'] } })).rejects.toThrow(/trustedProxies/)
  })
})

describe('without one', () => {
  it.each([[], ['private', '203.0.113.0/24']])(
    'nobody chooses an address, at any door (trusted: %j)',
    async (...trusted) => {
      await using it = await started({ config: { trustedProxies: trusted } })
      await everyDoor(it)
      expect(it.seen).toEqual([
        ['plain', '127.0.0.1', false],
        ['upload', '127.0.0.1', false],
        ['raw', '127.0.0.1'],
        ['upgrade', '127.0.0.1'],
      ])
    },
  )

  it('says once that there seems to be one', async () => {
    await using it = await started()
    const hints = () => it.test.lines.filter((line) => line.message.includes('looks like a proxy'))
    await fetch(`${it.url}/plain`)
    expect(hints()).toEqual([])
    await everyDoor(it)
    await vi.waitFor(() => expect(it.seen).toHaveLength(5))
    expect(hints()).toMatchObject([{ level: 'warn', data: { peer: '127.0.0.1' } }])
    expect(hints()[0]!.message).toContain('http.trustedProxies')
  })

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.1.2.3', '172.18.0.2', '::ffff:192.168.1.9', 'fd12:3::4'])(
    'is pointed out at %s, where proxies stand',
    async (peer) => {
      expect(await hintsAt(peer)).toBe(1)
    },
  )

  it.each(['203.0.113.7', '172.32.0.1', '100.64.0.1', '::2', '2001:db8::fd12', undefined])(
    'is not pointed out at %s, where anybody may be',
    async (peer) => {
      expect(await hintsAt(peer)).toBe(0)
    },
  )
})
