import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { revokeKey } from '@waqtor/plugin-auth/contract'
import { describe, expect, it } from 'vitest'
import { startMcp } from './fixtures/start-mcp.ts'
import { extra, secret } from './fixtures/things.ts'

const namesOf = ({ tools }: { tools: readonly { name: string }[] }) => tools.map((it) => it.name)
const text = (result: unknown) => (result as { content: [{ text: string }] }).content[0].text
const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
const callOf = (name: string, args: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
})
const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}

describe('a client over HTTP', () => {
  it('gets one tool for each command that its key may call and that only reads', async () => {
    await using it = await startMcp()
    const { client } = await it.client((await it.key(['things:*'])).key)
    expect(client.getServerVersion()).toMatchObject({ name: 'waqtor' })
    expect(client.getInstructions()).toContain('WhatsApp')
    const { tools } = await client.listTools()
    expect(namesOf({ tools })).toEqual(['things_break', 'things_get'])
    expect(tools[1]).toEqual({
      name: 'things_get',
      title: 'things.get',
      description: 'Show a thing.',
      inputSchema: expect.objectContaining({
        type: 'object',
        required: ['id'],
        additionalProperties: false,
        examples: [{ id: 7 }],
      }),
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
    })
    expect(tools[1]!.inputSchema).not.toHaveProperty('$schema')
  })

  it('gets those that write when its key was made with mcp:write', async () => {
    await using it = await startMcp()
    const { client } = await it.client((await it.key(['things:*', 'mcp:write'])).key)
    const { tools } = await client.listTools()
    expect(namesOf({ tools })).toEqual(['things_break', 'things_drop', 'things_get', 'things_send'])
    const [, drop, , send] = tools
    expect(drop!.annotations).toEqual({ readOnlyHint: false, destructiveHint: true, idempotentHint: true })
    expect(drop!.inputSchema.type).toBe('object')
    expect(send!.annotations).toEqual({ readOnlyHint: false, destructiveHint: false, idempotentHint: false })
    expect(send!.inputSchema.properties).toHaveProperty('idempotencyKey')
    expect(await client.callTool({ name: 'things_drop', arguments: { all: true } })).toEqual({
      content: [{ type: 'text', text: 'done' }],
    })
  })

  it('calls commands through the one pipeline, as who it is', async () => {
    await using it = await startMcp()
    const { key, id } = await it.key(['things:*', 'mcp:write'], ['shop'])
    const { client } = await it.client(key)
    const result = await client.callTool({ name: 'things_get', arguments: { instance: 'shop', id: 2 } })
    expect(result).toEqual({
      content: [{ type: 'text', text: '{"id":2,"text":"xx"}' }],
      structuredContent: { id: 2, text: 'xx' },
    })
    const sent = { instance: 'shop', text: 'hi', idempotencyKey: 'once-1' }
    await client.callTool({ name: 'things_send', arguments: sent })
    expect(it.calls).toMatchObject([
      { command: 'get', input: { instance: 'shop', id: 2 }, call: { via: 'mcp', address: '127.0.0.1' } },
      { command: 'send', input: { instance: 'shop', text: 'hi' }, call: { via: 'mcp', idempotencyKey: 'once-1' } },
    ])
    expect(it.calls.map(({ call }) => call.principal?.id)).toEqual([id, id])
    const refused = await client.callTool({ name: 'things_send', arguments: { ...sent, idempotencyKey: 'two words' } })
    expect(refused.structuredContent).toMatchObject({ errors: [{ path: 'idempotencyKey' }] })
    expect(it.calls).toHaveLength(2)
  })

  it('reads in the result why a tool failed, and what to do', async () => {
    await using it = await startMcp()
    const { client } = await it.client((await it.key(['things:read'], ['default'])).key)
    const failed = async (name: string, args: Record<string, unknown>) => {
      const result = await client.callTool({ name, arguments: args })
      expect(result.isError).toBe(true)
      return { text: text(result), code: (result.structuredContent as { code: string }).code }
    }
    expect(await failed('things_get', { id: 0 })).toEqual({
      code: 'input_invalid',
      text: expect.stringMatching(/^input_invalid: .*\n- id: /),
    })
    expect((await failed('things_get', { instance: 'shop', id: 1 })).code).toBe('forbidden')
    expect(await failed('things_send', { text: 'x' })).toMatchObject({
      code: 'forbidden',
      text: expect.stringContaining("needs the permission 'things:write'"),
    })
    expect((await failed('no_such', {})).code).toBe('mcp_tool_unknown')
    expect((await failed('keys_create', {})).code).toBe('forbidden')
    expect((await failed('mcp_call', {})).code).toBe('mcp_tool_unknown')
    expect((await failed('things_enter', {})).code).toBe('mcp_tool_unknown')
    const broken = await failed('things_break', { how: 'throw' })
    expect(broken.code).toBe('command_failed')
    const away = await failed('things_break', { how: 'not-ready' })
    expect(away).toEqual({ code: 'session_not_ready', text: expect.stringContaining('Try again in 5 s.') })
    expect(broken.text + away.text).not.toContain(secret)
    expect(it.calls).toEqual([])
    expect(it.test.lines.filter((line) => line.level === 'error')).toHaveLength(2)
  })

  it('changes nothing without mcp:write, nor where the config forbids it', async () => {
    await using open = await startMcp()
    await using shut = await startMcp({ write: false })
    const args = { arguments: { text: 'x' } }
    for (const [it, permissions] of [
      [open, ['things:*']],
      [open, ['things:*', 'mcp:read']],
      [shut, ['*']],
    ] as const) {
      const { client } = await it.client((await it.key([...permissions])).key)
      const result = await client.callTool({ name: 'things_send', ...args })
      expect(result.structuredContent).toMatchObject({ code: 'mcp_read_only', status: 403 })
      expect(namesOf(await client.listTools())).not.toContain('things_send')
      expect(it.calls).toEqual([])
    }
    const { client } = await open.client((await open.key(['*'])).key)
    expect((await client.callTool({ name: 'things_send', ...args })).structuredContent).toEqual({ sent: 'x' })
  })

  it('gets no answer that would fill its memory', async () => {
    await using it = await startMcp({ resultLimitBytes: 1_000 })
    const { client } = await it.client((await it.key(['things:read'])).key)
    const result = await client.callTool({ name: 'things_get', arguments: { id: 1_000 } })
    expect(result.structuredContent).toMatchObject({ code: 'mcp_result_too_large', status: 413 })
    expect(text(result)).toContain('smaller `limit`')
  })

  it('hears that the list of tools has changed', async () => {
    await using it = await startMcp()
    const { key, id } = await it.key(['things:read'])
    const { client } = await it.client(key)
    let heard = 0
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      heard++
    })
    // The client asks for the stream of notices when it has connected, with a request of its own.
    const tell = () => {
      it.tellChange(id)
      return heard
    }
    await expect.poll(tell).toBeGreaterThan(0)
    await it.test.kernel.reload([...it.entries, extra('things.extra')])
    expect(namesOf(await client.listTools())).toContain('things_extra')
  })

  it('D10: is cut off when its key is revoked', async () => {
    await using it = await startMcp()
    const { key, id } = await it.key(['things:read'])
    const { client } = await it.client(key)
    const closed = Promise.withResolvers<void>()
    client.onerror = () => closed.resolve()
    await client.listTools()
    await it.test.run(revokeKey, { id })
    await expect(client.listTools()).rejects.toThrow(/401|wrong, expired or revoked/)
    await closed.promise
  })

  it('has its call given up when it goes away', async () => {
    await using it = await startMcp()
    const { key } = await it.key(['things:read'])
    const controller = new AbortController()
    const asking = fetch(it.url, {
      method: 'POST',
      signal: controller.signal,
      headers: {
        'X-API-Key': key,
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(callOf('things_break', { how: 'wait' })),
    }).catch(() => {})
    await it.waiting.promise
    controller.abort()
    await it.aborted.promise
    await asking
  })
})

describe('the door', () => {
  it('lets nobody in without a credential, or with a wrong one', async () => {
    await using it = await startMcp()
    expect((await it.post(null, list)).status).toBe(401)
    expect((await it.post('wrong', list)).status).toBe(401)
    expect((await fetch(it.url)).status).toBe(401)
  })

  it('answers no page of another site', async () => {
    await using it = await startMcp({}, { origins: ['https://chat.example.org'] })
    const { key } = await it.key(['things:read'])
    const own = new URL(it.url).origin
    for (const origin of [own, 'https://chat.example.org'])
      expect((await it.post(key, list, { Origin: origin })).status, origin).toBe(200)
    for (const origin of [
      'https://evil.example',
      'null',
      `${own}.evil.example`,
      'https://chat.example.org.evil',
      'file://',
    ]) {
      const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code]
      const headers = { Origin: origin, 'X-API-Key': key }
      expect(await codeOf(await it.post(key, list, headers)), origin).toEqual([403, 'origin_not_allowed'])
      expect(await codeOf(await fetch(it.url, { headers })), origin).toEqual([403, 'mcp_origin_refused'])
    }
  })

  it('answers a single request without a session', async () => {
    await using it = await startMcp()
    const { key } = await it.key(['things:read'])
    const answer = await it.post(key, callOf('things_get', { id: 1 }))
    expect(answer.headers.has('mcp-session-id')).toBe(false)
    expect(await answer.json()).toMatchObject({ id: 1, result: { structuredContent: { id: 1, text: 'x' } } })
    expect((await it.post(key, { jsonrpc: '2.0', method: 'notifications/cancelled', params: {} })).status).toBe(202)
  })

  it('keeps a session for the one who began it', async () => {
    await using it = await startMcp()
    const mine = await it.key(['things:read'])
    const other = await it.key(['things:*', 'mcp:write'])
    const begun = await it.post(mine.key, initialize)
    const session = { 'Mcp-Session-Id': begun.headers.get('mcp-session-id')! }
    expect(session['Mcp-Session-Id']).toMatch(/^mcp_/)
    expect((await it.post(mine.key, list, session)).status).toBe(200)
    const foreign = await it.post(other.key, list, session)
    expect([foreign.status, ((await foreign.json()) as { code: string }).code]).toEqual([404, 'mcp_session_unknown'])
    const end = (key: string) => fetch(it.url, { method: 'DELETE', headers: { 'X-API-Key': key, ...session } })
    expect((await end(other.key)).status).toBe(404)
    expect((await end(mine.key)).status).toBe(204)
    expect((await it.post(mine.key, list, session)).status).toBe(404)
  })

  it.each([
    ['no JSON', '{', 400],
    ['several messages', [list, list], 400],
    ['no message', '1', 400],
    ['no JSON-RPC', { a: 1 }, 400],
    ['what is nested too deep', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, 400],
    [
      'what reaches for the prototype',
      '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"__proto__":{"x":1}}}',
      400,
    ],
    [
      'what reaches for the prototype by a detour',
      '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"constructor":{"prototype":{"x":1}}}}',
      400,
    ],
    ['what is larger than the server takes', `"${'x'.repeat(1_100_000)}"`, 413],
  ])('refuses %s', async (_, message, status) => {
    await using it = await startMcp()
    expect((await it.post((await it.key(['things:read'])).key, message)).status).toBe(status)
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  it('refuses what the protocol has no place for', async () => {
    await using it = await startMcp()
    const { key } = await it.key(['things:read'])
    const ask = async (method: string, path = '', headers = {}) =>
      (await fetch(it.url + path, { method, headers: { 'X-API-Key': key, ...headers } })).status
    expect(await ask('PUT')).toBe(405)
    expect(await ask('GET')).toBe(400)
    expect(await ask('DELETE')).toBe(400)
    expect(await ask('GET', '/x')).toBe(404)
    expect(await ask('GET', '', { 'Mcp-Session-Id': 'mcp_guessed' })).toBe(404)
    const json = { Accept: 'application/json' }
    expect((await it.post(key, initialize, json)).status).toBe(406)
    expect((await it.post(key, list, { 'Content-Type': 'text/plain' })).status).toBe(415)
    const unknown = await it.post(key, { jsonrpc: '2.0', id: 3, method: 'resources/list' })
    expect(await unknown.json()).toMatchObject({ id: 3, error: { code: -32601 } })
  })

  it('leaves nothing behind when the plugin goes, however often it comes', async () => {
    await using it = await startMcp()
    const { key } = await it.key(['things:read'])
    const without = it.entries.filter(({ spec }) => spec.name !== 'mcp')
    // Connections that are kept for later would be counted, with their timers.
    const once = { Connection: 'close' }
    const look = async () => {
      await it.test.kernel.reload(it.entries)
      const begun = await it.post(key, initialize, once)
      const session = { ...once, 'Mcp-Session-Id': begun.headers.get('mcp-session-id')!, 'X-API-Key': key }
      await begun.text()
      const headers = { ...session, Accept: 'text/event-stream' }
      const stream = await fetch(it.url, { headers })
      expect(stream.status).toBe(200)
      await it.test.kernel.reload(without)
      await stream.text()
      expect((await it.post(key, list, once)).status).toBe(404)
    }
    await look()
    await look()
    const before = snapshot(it.test.kernel)
    // The connections of this very client are kept in the same process, and are as many as it likes; the server looks after
    // a request for one millisecond more.
    const left = () => leftBehind(before, () => snapshot(it.test.kernel), { ignoring: ['TCPSocketWrap'] })
    for (let i = 0; i < 10; i++) {
      await look()
      expect(await left()).toEqual([])
    }
  })
})
