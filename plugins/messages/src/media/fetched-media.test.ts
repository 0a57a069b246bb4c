import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Files, type MediaSource, Messaging } from '@waqtor/contracts'
import type { PluginEntry, Principal } from '@waqtor/kernel'
import { createOutgoing } from '@waqtor/outgoing-requests'
import { hostileResolve, hostileUrls, recordingConnect } from '@waqtor/outgoing-requests/testing'
import files from '@waqtor/plugin-files'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sendMedia } from '../contract.ts'
import { FakeTransport, mailKernel } from '../testing/index.ts'
import { fetchFile } from './fetched-file.ts'
import { fetchMedia } from './fetched-media.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const to = '201001234567@c.us'

let directory: string
const closers: (() => unknown)[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-media-'))
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  await rm(directory, { recursive: true, force: true })
})

/** A server of pictures on this machine, and a host that may reach it. */
async function start(handler: RequestListener, maxBytes = 1_000, plugins: readonly PluginEntry[] = []) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    handler(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const test = await mailKernel({
    directory,
    plugins,
    config: { media: { maxBytes, allowPrivate: [`127.0.0.1:${port}`] } },
  })
  const network = new FakeTransport()
  test.account.connect(network)
  closers.push(
    () => test[Symbol.asyncDispose](),
    () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  )
  const url = `http://127.0.0.1:${port}`
  const send = (path: string, more: object = {}, call: object = {}) =>
    test.run(sendMedia, { chatId: to, media: url + path, type: 'image', ...more }, call)
  return { test, network, asked, url, send }
}

const mona: Principal = { id: 'usr_mona', role: 'user', permissions: new Set(['files:*']), instances: 'all' }

/** The same with a place for files. */
async function keeping(handler: RequestListener) {
  const it = await start(handler, 1_000, [files({ reserveBytes: 0 })])
  const messaging = it.test.service(Messaging)
  return {
    url: it.url,
    files: it.test.service(Files),
    fetched: (source: MediaSource, owner: Principal) => messaging.fetchFile(source, owner, AbortSignal.timeout(60_000)),
    /** Names in the directory of files. */
    stored: () => readdirSync(join(directory, 'files')).filter((name) => name.startsWith('file_')),
  }
}

describe('a file by its URL', () => {
  it('is fetched and sent, with the type of its bytes and the name of its path', async () => {
    const { network, send } = await start((request, response) => {
      response.setHeader('content-type', 'text/plain')
      response.end(request.url === '/' ? Buffer.concat([png, png]) : png)
    })
    await send('/pictures/%D8%B5%D9%88%D8%B1%D8%A9.png?size=1', { caption: 'Look' })
    expect(network.accepted[0]!.message).toMatchObject({
      body: 'Look',
      media: { kind: 'image', mimeType: 'image/png', filename: 'صورة.png' },
    })
    expect(Buffer.from(network.accepted[0]!.message.media!.data)).toEqual(png)
    await send('/', { mimeType: 'image/x-mine', filename: 'a.bin' })
    expect(network.accepted[1]!.message.media).toMatchObject({ mimeType: 'image/x-mine', filename: 'a.bin' })
  })

  it('has the type that the server says where the bytes do not tell, else the usual one', async () => {
    const { network, send } = await start((request, response) => {
      response.setHeader(
        'content-type',
        request.url === '/vague' ? 'application/octet-stream' : 'Text/CSV; charset=utf-8',
      )
      response.end(request.url)
    })
    await send('/list', { type: 'document' })
    await send('/vague', { type: 'video' })
    await send('/%E0%A4%A', { type: 'document' })
    expect(network.accepted.map((it) => it.message.media)).toMatchObject([
      { mimeType: 'text/csv', filename: 'list' },
      { mimeType: 'video/mp4', filename: 'vague' },
      { mimeType: 'text/csv' },
    ])
  })

  it('is fetched once for all repetitions of a key, and once more after a failure', async () => {
    let works = false
    const { network, asked, send } = await start((_, response) => {
      response.statusCode = works ? 200 : 503
      response.end(png)
    })
    const key = { idempotencyKey: 'once' }
    await expect(send('/a.png', {}, key)).rejects.toMatchObject({ code: 'WAQ_MEDIA_INVALID' })
    works = true
    const first = await send('/a.png', {}, key)
    works = false
    expect(await send('/a.png', {}, key)).toEqual(first)
    expect([asked.length, network.accepted.length]).toEqual([2, 1])
    await expect(send('/b.png', {}, key)).rejects.toMatchObject({ code: 'WAQ_IDEMPOTENCY_MISMATCH' })
    expect(asked).toHaveLength(2)
  })

  it.each([
    ['/404', 'the URL answers 404'],
    ['/302', 'redirects are not followed'],
    ['/204', 'the URL answers 204'],
    ['/empty', 'an empty file'],
    ['/gzip', 'compressed'],
    ['/page', 'leads to text/html, which cannot be sent as image'],
  ])('%s is refused with the reason', async (path, message) => {
    const { network, send } = await start((_, response) => {
      if (path === '/empty') response.end()
      else if (path === '/gzip') response.setHeader('content-encoding', 'gzip').end('x')
      else if (path === '/page') response.setHeader('content-type', 'text/html').end('<html>')
      else response.writeHead(Number(path.slice(1)), { location: '/a.png' }).end()
    })
    await expect(send(path)).rejects.toMatchObject({
      code: 'WAQ_MEDIA_INVALID',
      message: expect.stringContaining(message),
    })
    expect(network.accepted).toEqual([])
  })

  it('is refused when it is too large or does not come', async () => {
    const { network, send } = await start((request, response) => {
      if (request.url === '/gone') response.destroy()
      else response.end(Buffer.alloc(1_001))
    })
    await expect(send('/large')).rejects.toMatchObject({ code: 'WAQ_MEDIA_TOO_LARGE', status: 413 })
    await expect(send('/gone')).rejects.toMatchObject({ code: 'WAQ_OUTGOING_FAILED', status: 502 })
    expect(network.accepted).toEqual([])
  })

  it('C7: is not looked for where a redirect leads', async () => {
    const { asked, send } = await start((_, response) => response.writeHead(307, { location: '/secret' }).end())
    await expect(send('/a')).rejects.toMatchObject({ code: 'WAQ_MEDIA_INVALID' })
    expect(asked).toEqual(['/a'])
  })

  it('C5: is fetched from no private network, whatever the URL says', async () => {
    const { connect, dialled } = recordingConnect()
    const outgoing = createOutgoing({ connect, resolve: hostileResolve })
    for (const { url } of hostileUrls()) {
      const fetching = fetchMedia({ url, type: 'image' }, { outgoing, maxBytes: 1_000 }, AbortSignal.timeout(60_000))
      await expect(fetching, url).rejects.toMatchObject({ status: 400 })
    }
    expect(dialled).toEqual([])
    await outgoing.close()
  })

  it('C5: is not fetched from this machine by the command either', async () => {
    const { asked, url, network, send, test } = await start((_, response) => response.end(png))
    for (const host of ['127.0.0.2', '0.0.0.0', '[::1]', '0', '[::]'])
      await expect(
        test.run(sendMedia, { chatId: to, media: url.replace('127.0.0.1', host), type: 'image' }),
      ).rejects.toMatchObject({ status: 400 })
    expect([asked, network.accepted]).toEqual([[], []])
    await send('/allowed.png')
    expect(asked).toEqual(['/allowed.png'])
  })
})

describe('a file that is fetched to be kept', () => {
  it('is of the kind that its content is, named by its URL, and a file of whoever asked', async () => {
    const { url, fetched, files } = await keeping((request, response) => {
      if (request.url === '/list') response.setHeader('content-type', 'text/csv').end('a,b')
      else response.end(png)
    })
    const made = await fetched({ url: `${url}/offers/spring.png?size=1` }, mona)
    expect(made).toEqual({ fileId: expect.any(String), kind: 'image', filename: 'spring.png', mimeType: 'image/png' })
    const stored = await files.open(made.fileId, mona)
    expect(await readFile(stored.path)).toEqual(png)
    await expect(files.open(made.fileId, { ...mona, id: 'usr_other' })).rejects.toMatchObject({ status: 404 })
    expect(await fetched({ url: `${url}/list` }, mona)).toMatchObject({ kind: 'document', mimeType: 'text/csv' })
    expect(await fetched({ url, filename: 'mine.png', kind: 'document' }, mona)).toMatchObject({
      kind: 'document',
      filename: 'mine.png',
    })
    expect(await fetched({ url }, mona)).toMatchObject({ filename: 'file' })
  })

  it('is refused where the URL leads to a page, to nothing, or to too much; and nothing is stored', async () => {
    const { url, fetched, stored } = await keeping((request, response) => {
      if (request.url === '/page') response.setHeader('content-type', 'text/html').end('<html>')
      else if (request.url === '/large') response.end(Buffer.alloc(1_001))
      else response.writeHead(404).end()
    })
    const refusal = (path: string, more = {}) => fetched({ url: url + path, ...more }, mona)
    await expect(refusal('/page')).rejects.toMatchObject({ code: 'WAQ_MEDIA_INVALID', message: /leads to a page/ })
    await expect(refusal('/page', { kind: 'image' })).rejects.toMatchObject({ message: /text\/html.*as image/ })
    await expect(refusal('/none')).rejects.toMatchObject({ code: 'WAQ_MEDIA_INVALID', message: /answers 404/ })
    await expect(refusal('/large')).rejects.toMatchObject({ code: 'WAQ_MEDIA_TOO_LARGE' })
    expect(stored()).toEqual([])
    expect(await refusal('/page', { kind: 'document' })).toMatchObject({ kind: 'document', mimeType: 'text/html' })
    expect(stored()).toHaveLength(1)
  })

  it('C5: comes from no private network', async () => {
    const { connect, dialled } = recordingConnect()
    const outgoing = createOutgoing({ connect, resolve: hostileResolve })
    const files = { create: () => expect.unreachable() } as unknown as Files
    const how = { outgoing, maxBytes: 1_000, files }
    for (const { url } of hostileUrls())
      await expect(fetchFile({ url }, mona, how, AbortSignal.timeout(60_000)), url).rejects.toMatchObject({
        status: 400,
      })
    expect(dialled).toEqual([])
    await outgoing.close()
  })

  it('needs a place for files', async () => {
    const { test, url } = await start((_, response) => response.end(png))
    const signal = AbortSignal.timeout(60_000)
    await expect(test.service(Messaging).fetchFile({ url }, mona, signal)).rejects.toThrow("'files' plugin")
  })
})
