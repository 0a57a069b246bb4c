import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import type { FileInfo } from '@waqtor/contracts'
import type { Denial } from '@waqtor/kernel'
import { snapshot } from '@waqtor/kernel/testing'
import { describe, expect, it } from 'vitest'
import { CHUNK_BYTES, getFile } from './contract.ts'
import { type FilesTest, startFiles } from './fixtures/start-files.ts'

type Headers = Readonly<Record<string, string>>

async function send(it: FilesTest, headers: Headers, body: RequestInit['body'], filename?: string): Promise<Response> {
  const query = filename === undefined ? '' : `?filename=${encodeURIComponent(filename)}`
  return fetch(`${it.url}/files${query}`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
}

const handIn = async (...parameters: Parameters<typeof send>) => (await (await send(...parameters)).json()) as FileInfo

/** Sends a request by hand; answers the open connection. */
async function raw(it: FilesTest, head: readonly string[], body: string | Buffer = '') {
  const socket = connect(Number(new URL(it.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`POST /files HTTP/1.1\r\nHost: localhost\r\n${head.map((line) => `${line}\r\n`).join('')}\r\n`)
  socket.write(body)
  return socket
}

describe('a whole file in one request', () => {
  it.each([0, 1, 1_000_000, 5_000_000])('comes back as it was sent: %i bytes', async (size) => {
    await using it = await startFiles({ maxBytes: 5_000_000 })
    const key = await it.key('files:*')
    const body = Buffer.alloc(size, 'waqtor')
    const sent = await send(it, { ...key, 'Content-Type': 'application/x-www-form-urlencoded' }, body, 'people.csv')
    expect([sent.status, sent.headers.get('content-type')]).toEqual([201, 'application/json'])
    const info = (await sent.json()) as FileInfo
    expect(info).toMatchObject({ filename: 'people.csv', contentType: 'text/csv', bytes: size })
    expect(await it.test.run(getFile, { fileId: info.fileId })).toEqual(info)

    const headers = {
      'content-type': 'text/csv',
      'content-length': String(size),
      'content-disposition': 'attachment; filename=people.csv',
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    }
    const got = await fetch(`${it.url}/files/${info.fileId}`, { headers: key })
    expect([got.status, Object.fromEntries(got.headers)]).toMatchObject([200, headers])
    expect(Buffer.from(await got.arrayBuffer()).equals(body)).toBe(true)
    const asked = await fetch(`${it.url}/files/${info.fileId}`, { method: 'HEAD', headers: key })
    expect([asked.status, Object.fromEntries(asked.headers), await asked.text()]).toMatchObject([200, headers, ''])
  })

  it('may be as large as the limit and no larger, whichever way its length is told, and nothing is kept', async () => {
    await using it = await startFiles({ maxBytes: 2_000_000 })
    const key = await it.key('files:*')
    const stream = (size: number) => new Blob([Buffer.alloc(size)]).stream()
    expect((await send(it, key, Buffer.alloc(2_000_000))).status).toBe(201)
    expect((await send(it, key, stream(2_000_000))).status).toBe(201)
    const kept = it.lying()
    const refused = await send(it, key, Buffer.alloc(2_000_001))
    expect([refused.status, await refused.json()]).toMatchObject([413, { code: 'body_too_large' }])
    const chunked = ['Transfer-Encoding: chunked', 'Connection: close', `X-API-Key: ${key['X-API-Key']}`]
    const socket = await raw(it, chunked, `1e8480\r\n${'x'.repeat(2_000_000)}\r\n1\r\nx\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(String(answer)).toMatch(/^HTTP\/1.1 413 /)
    socket.destroy()
    await expect.poll(it.lying).toEqual(kept)
  })

  it.each([
    ['../../etc/passwd', 'passwd', 'attachment; filename=passwd'],
    ['a\r\nSet-Cookie: x=1.csv', 'aSet-Cookie: x=1.csv', 'attachment; filename="aSet-Cookie: x=1.csv"'],
    ['a\0b.csv', 'ab.csv', 'attachment; filename=ab.csv'],
    ['evil\u202evsc.exe', 'evilvsc.exe', 'attachment; filename=evilvsc.exe'],
    ['say "hi".csv', 'say "hi".csv', 'attachment; filename="say \\"hi\\".csv"'],
    ['م.csv', 'م.csv', `attachment; filename="?.csv"; filename*=UTF-8''%D9%85.csv`],
    [`${'x'.repeat(300)}.csv`, `${'x'.repeat(251)}.csv`, `attachment; filename=${'x'.repeat(251)}.csv`],
    ['', 'file', 'attachment; filename=file'],
    [undefined, 'file', 'attachment; filename=file'],
  ])('B5, B6: called %j is offered as a harmless name', async (given, filename, disposition) => {
    await using it = await startFiles()
    const key = await it.key('files:*')
    const info = await handIn(it, key, 'x', given)
    expect(info.filename).toBe(filename)
    const { headers } = await fetch(`${it.url}/files/${info.fileId}`, { headers: key })
    expect(headers.get('content-disposition')).toBe(disposition)
    expect(headers.has('set-cookie')).toBe(false)
    expect(it.lying()).toEqual([info.fileId])
  })

  it('is asked for by a client that waits for leave, and by no refusal', async () => {
    await using it = await startFiles()
    const expecting = ['Content-Length: 1500000', 'Expect: 100-continue', 'Connection: close']
    const stranger = await raw(it, expecting)
    expect(String((await once(stranger, 'data'))[0])).toMatch(/^HTTP\/1.1 401 /)
    stranger.destroy()
    const socket = await raw(it, [...expecting, `X-API-Key: ${(await it.key('files:write'))['X-API-Key']}`])
    expect(String((await once(socket, 'data'))[0])).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    socket.write(Buffer.alloc(1_500_000))
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 201 /)
    socket.destroy()
  })

  it('of which the client sends only a part is not kept', async () => {
    await using it = await startFiles()
    const { 'X-API-Key': key } = await it.key('files:write')
    const socket = await raw(it, ['Content-Length: 1000', `X-API-Key: ${key}`], 'half')
    await expect.poll(it.lying).toHaveLength(1)
    expect(it.lying()[0]).toMatch(/\.part$/)
    socket.destroy()
    await expect.poll(it.lying).toEqual([])
    await it.test.kernel.close()
    expect(it.test.lines.filter((line) => line.level === 'error')).toEqual([])
  })

  it('is let go of when the client stops reading it', async () => {
    await using it = await startFiles()
    const key = await it.key('files:*')
    const { fileId } = await handIn(it, key, Buffer.alloc(20_000_000))
    const stop = new AbortController()
    const got = await fetch(`${it.url}/files/${fileId}`, { headers: key, signal: stop.signal })
    await got.body!.getReader().read()
    const held = () => snapshot().files.filter((path) => path.endsWith(fileId))
    if (process.platform === 'linux') expect(held()).toHaveLength(1)
    stop.abort()
    await expect.poll(held).toEqual([])
  })

  it('is cut off when the plugin closes in the middle, and nothing is kept', async () => {
    await using it = await startFiles()
    const { 'X-API-Key': key } = await it.key('files:write')
    const socket = await raw(it, ['Content-Length: 1000', `X-API-Key: ${key}`], 'half')
    await expect.poll(it.lying).toHaveLength(1)
    await it.test.reload((entry) =>
      entry.spec.name === 'files' ? { ...entry, config: { reserveBytes: 0, keepMs: 5 } } : entry,
    )
    expect(it.lying()).toEqual([])
    socket.write('x'.repeat(996))
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 503 /)
    socket.destroy()
    expect(it.lying()).toEqual([])
  })
})

describe('who may', () => {
  it('send and fetch is decided as for the commands, and strangers learn nothing', async () => {
    await using it = await startFiles()
    const owner = await it.key('files:*')
    const { fileId } = await handIn(it, owner, 'secret')
    const status = async (method: string, path: string, headers: Headers = {}) =>
      (await fetch(it.url + path, { method, headers, ...(method === 'POST' && { body: 'x' }) })).status
    const reader = await it.key('files:read')
    const writer = await it.key('files:write')
    expect(await status('GET', `/files/${fileId}`, owner)).toBe(200)
    expect(await status('GET', `/files/${fileId}`, await it.key('*'))).toBe(200)
    for (const [method, path, headers, expected] of [
      ['GET', `/files/${fileId}`, {}, 401],
      ['POST', '/files', {}, 401],
      ['GET', '/files/nothing/at/all', {}, 401],
      ['DELETE', '/files', {}, 401],
      ['GET', `/files/${fileId}`, { 'X-API-Key': 'wrong' }, 401],
      ['GET', `/files/${fileId}`, writer, 403],
      ['POST', '/files', reader, 403],
      ['GET', `/files/${fileId}`, reader, 404],
      ['HEAD', `/files/${fileId}`, reader, 404],
      ['GET', '/files/host.db', owner, 404],
      ['GET', '/files/nothing/at/all', owner, 404],
      ['GET', '/files/..', owner, 404],
      ['GET', '/files', owner, 405],
      ['PUT', `/files/${fileId}`, owner, 405],
    ] as const)
      expect(await status(method, path, headers), `${method} ${path}`).toBe(expected)
    expect(it.lying()).toEqual([fileId])
  })

  it('is narrowed by the same hook', async () => {
    await using it = await startFiles()
    const key = await it.key('files:*')
    const { fileId } = await handIn(it, key, 'x')
    const denial: Denial = { status: 403, code: 'feature_locked', reason: 'not today' }
    it.test.kernel.hooks.authorize.tap('lock', () => denial)
    const sent = await send(it, key, 'x')
    expect([sent.status, await sent.json()]).toMatchObject([403, { code: 'feature_locked' }])
    expect((await fetch(`${it.url}/files/${fileId}`, { headers: key })).status).toBe(403)
    expect(it.lying()).toEqual([fileId])
  })

  it('finds no content that is gone from the folder', async () => {
    await using it = await startFiles()
    const key = await it.key('files:*')
    const { fileId } = await handIn(it, key, 'x')
    rmSync(`${it.data}/files/${fileId}`)
    expect((await fetch(`${it.url}/files/${fileId}`, { headers: key })).status).toBe(404)
  })
})

describe('the routes of the commands', () => {
  it('carry a file in pieces', async () => {
    await using it = await startFiles()
    const key = await it.key('files:*')
    const ask = async (method: string, path: string, body?: object) => {
      const headers = { ...key, ...(body && { 'Content-Type': 'application/json' }) }
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }) }
      const response = await fetch(`${it.url}/api/v2/files${path}`, init)
      return { status: response.status, body: response.status === 204 ? undefined : await response.json() }
    }
    const begun = await ask('POST', '', { filename: 'a.csv' })
    expect(begun).toEqual({ status: 201, body: { fileId: expect.any(String) } })
    const { fileId } = begun.body as { fileId: string }
    const piece = Buffer.alloc(CHUNK_BYTES, 'x')
    const append = { offset: 0, data: piece.toString('base64') }
    expect(await ask('POST', `/${fileId}/append`, append)).toEqual({ status: 200, body: { bytes: CHUNK_BYTES } })
    expect(await ask('POST', `/${fileId}/append`, { offset: 5, data: '' })).toMatchObject({
      status: 409,
      body: { code: 'conflict', offset: CHUNK_BYTES },
    })
    expect(await ask('POST', `/${fileId}/finish`, {})).toMatchObject({ status: 200, body: { bytes: CHUNK_BYTES } })
    expect(await ask('GET', '?limit=5')).toMatchObject({ status: 200, body: { items: [{ fileId }], nextCursor: null } })
    expect(await ask('GET', `/${fileId}/content?offset=${CHUNK_BYTES - 1}&length=5`)).toEqual({
      status: 200,
      body: { data: 'eA==', bytes: 1, end: true },
    })
    expect((await ask('DELETE', `/${fileId}`)).status).toBe(204)
    expect((await ask('GET', `/${fileId}`)).status).toBe(404)
  })
})
