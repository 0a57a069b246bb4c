import type { HttpRequest } from '@waqtor/contracts'
import { createKernel, type Principal, silentLogger } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { extra } from './fixtures/things.ts'
import { Sessions } from './sessions.ts'
import { Toolbox } from './toolbox.ts'

const alice: Principal = { id: 'alice', role: 'scoped', permissions: new Set(['*']), instances: 'all' }
const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}

function request(principal: Principal, method: string, message?: object, session?: string): HttpRequest {
  const headers = new Headers({
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    ...(session !== undefined && { 'mcp-session-id': session }),
  })
  const known = { method, headers, path: '/', search: '', requestId: 'req_1', address: '127.0.0.1', principal }
  const body = async () => Buffer.from(JSON.stringify(message))
  return { ...known, body, signal: new AbortController().signal } as Partial<HttpRequest> as HttpRequest
}

function start(idleMs = 1_000) {
  let now = 0
  let holder: Principal | null = alice
  const kernel = createKernel({ plugins: [] })
  const toolbox = new Toolbox({
    kernel,
    log: silentLogger,
    write: true,
    resultLimitBytes: 1_000,
  })
  const sessions = new Sessions({
    toolbox,
    authentication: { authenticate: async () => holder, hasKeys: async () => true },
    isAllowedOrigin: () => true,
    idleMs,
    load: () => import('./mcp-server.ts'),
    now: () => now,
  })
  const begin = async (principal = alice) => {
    const answer = (await sessions.answer(request(principal, 'POST', initialize))) as Response
    return answer.headers.get('mcp-session-id')!
  }
  return {
    kernel,
    sessions,
    begin,
    follow: async (id: string) => (await sessions.answer(request(alice, 'GET', undefined, id))) as Response,
    pass(ms: number) {
      now += ms
    },
    revoke() {
      holder = null
    },
  }
}

describe('a session', () => {
  it('is forgotten when its client is silent for long, unless it listens', async () => {
    const it = start()
    const silent = await it.begin()
    const listening = await it.follow(await it.begin())
    it.pass(1_000)
    await it.sessions.beat()
    expect(it.sessions.size).toBe(2)
    it.pass(1)
    await it.sessions.beat()
    expect(it.sessions.size).toBe(1)
    await expect(it.follow(silent)).rejects.toMatchObject({ code: 'WAQ_MCP_SESSION_UNKNOWN' })
    await it.sessions.close()
    expect(await listening.text()).toBe('')
  })

  it('ends with the key that its stream was opened with', async () => {
    const it = start()
    const stream = await it.follow(await it.begin())
    await it.sessions.beat()
    expect(it.sessions.size).toBe(1)
    it.revoke()
    await it.sessions.beat()
    expect(it.sessions.size).toBe(0)
    expect(await stream.text()).toBe('')
  })

  it('is told once when there are other tools', async () => {
    const it = start()
    await it.kernel.start()
    const stream = await it.follow(await it.begin())
    await it.sessions.beat()
    await it.kernel.reload([extra('things.extra')])
    await it.sessions.beat()
    await it.sessions.beat()
    await it.sessions.close()
    expect((await stream.text()).match(/notifications\/tools\/list_changed/g)).toHaveLength(1)
    await it.kernel.close()
  })

  it('ends with its credential, while another of the same person goes on', async () => {
    const it = start()
    await it.begin({ ...alice, credential: 'ses_1' })
    await it.begin({ ...alice, credential: 'ses_2' })
    await it.sessions.revoke('alice', 'ses_1')
    expect(it.sessions.size).toBe(1)
    await it.sessions.revoke('bob')
    expect(it.sessions.size).toBe(1)
    await it.sessions.revoke('alice')
    expect(it.sessions.size).toBe(0)
  })

  it('makes room for another of the same key when there are many: the longest unused one', async () => {
    const it = start()
    const bob = await it.begin({ ...alice, id: 'bob' })
    const [first, second] = [await it.begin(), await it.begin()]
    for (let n = 0; n < 30; n++) await it.begin()
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    await it.sessions.answer(request(alice, 'POST', list, first))
    await it.begin()
    const alive = (principal: Principal, id: string) =>
      Promise.resolve(it.sessions.answer(request(principal, 'POST', list, id))).then(
        () => true,
        () => false,
      )
    expect(await alive(alice, first)).toBe(true)
    expect(await alive(alice, second)).toBe(false)
    expect(await alive({ ...alice, id: 'bob' }, bob)).toBe(true)
    await it.sessions.close()
  })

  it('is not begun by a message that the protocol refuses', async () => {
    const it = start()
    const answer = await it.sessions.answer(request(alice, 'POST', { ...initialize, params: {} }))
    expect(answer.status).toBe(400)
    expect(it.sessions.size).toBe(0)
  })
})
