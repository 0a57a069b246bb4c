import { PassThrough } from 'node:stream'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { testCli } from '@waqtor/contracts/testing'
import { WaqtorError } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { run } from './cli.ts'
import { type McpTest, startMcp } from './fixtures/start-mcp.ts'

/** The other end of the two streams, as the SDK's client wants it. */
class Pipe implements Transport {
  readonly stdin = new PassThrough()
  readonly stdout = new PassThrough()
  readonly #buffer = new ReadBuffer()
  onmessage?: Transport['onmessage']
  onclose?: () => void

  async start(): Promise<void> {
    this.stdout.on('data', (chunk: Buffer) => {
      this.#buffer.append(chunk)
      for (let it = this.#buffer.readMessage(); it; it = this.#buffer.readMessage()) this.onmessage?.(it)
    })
  }

  async send(message: Parameters<Transport['send']>[0]): Promise<void> {
    this.stdin.write(serializeMessage(message))
  }

  async close(): Promise<void> {
    this.stdin.end()
    this.onclose?.()
  }
}

function world(it: McpTest | undefined) {
  const stop = new AbortController()
  let connected = 0
  const { io, printed, noted } = testCli(it?.test.kernel, { dataDirectory: '/data', signal: stop.signal })
  const connect = async () => {
    connected++
    if (!it) throw new WaqtorError('WAQ_HOST_UNREACHABLE', 'the running host does not answer', { status: 503 })
    return io.connect()
  }
  return { io: { ...io, connect }, notes: noted, printed, stop, connections: () => connected }
}

async function talk(it: McpTest | undefined, argv: readonly string[]) {
  const around = world(it)
  const pipe = new Pipe()
  const exit = run(argv, around.io, pipe)
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(pipe)
  return { ...around, pipe, client, exit }
}

describe('waqtor mcp', () => {
  it('serves the tools of the running host, for reading only', async () => {
    await using it = await startMcp()
    const { client, exit, notes, connections } = await talk(it, [])
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain('things_get')
    expect(tools.map(({ name }) => name)).not.toContain('things_send')
    expect(await client.callTool({ name: 'things_get', arguments: { id: 1 } })).toMatchObject({
      structuredContent: { id: 1 },
    })
    expect(it.calls).toMatchObject([{ call: { via: 'mcp', principal: { id: 'system' } } }])
    const refused = await client.callTool({ name: 'things_send', arguments: { text: 'x' } })
    expect(refused).toMatchObject({ isError: true, structuredContent: { code: 'mcp_read_only' } })
    expect(connections()).toBe(3)
    expect(notes).toEqual(["serving the tools of '/data', for reading only"])
    await client.close()
    expect(await exit).toBe(0)
  })

  it('writes when it is told so', async () => {
    await using it = await startMcp()
    const { client, exit } = await talk(it, ['--write'])
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('things_send')
    expect(await client.callTool({ name: 'things_send', arguments: { text: 'x' } })).toMatchObject({
      structuredContent: { sent: 'x' },
    })
    await client.close()
    expect(await exit).toBe(0)
  })

  it('says so when no host can be reached, and goes on', async () => {
    const { client, stop, exit } = await talk(undefined, [])
    expect(await client.callTool({ name: 'x' })).toMatchObject({
      isError: true,
      structuredContent: { code: 'host_unreachable' },
    })
    await expect(client.listTools()).rejects.toThrow('does not answer')
    expect(await client.ping()).toEqual({})
    stop.abort()
    expect(await exit).toBe(0)
  })

  it('answers what it was asked before its input ended', async () => {
    await using it = await startMcp()
    const { io } = world(it)
    const pipe = new Pipe()
    const answers: unknown[] = []
    pipe.onmessage = (message) => answers.push(message)
    await pipe.start()
    const exit = run([], io, pipe)
    await pipe.send({
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: { name: 'things_get', arguments: { id: 1 } },
    })
    pipe.stdin.end()
    expect(await exit).toBe(0)
    expect(answers).toMatchObject([{ id: 7, result: { structuredContent: { id: 1 } } }])
  })

  it('tells what is no message, and goes on', async () => {
    const { client, pipe, notes, exit } = await talk(undefined, [])
    pipe.stdin.write('no json\n')
    await client.ping()
    expect(notes.join()).toContain('could not be dealt with')
    await client.close()
    await exit
  })

  it('explains itself', async () => {
    const { io, notes, printed } = world(undefined)
    expect(await run(['--help'], io)).toBe(0)
    expect(printed.join()).toContain('waqtor mcp [--write]')
    expect(await run(['--wrong'], io)).toBe(2)
    expect(notes.join('\n')).toMatch(/--wrong[\s\S]*waqtor mcp \[--write\]/)
  })
})
