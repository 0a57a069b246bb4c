import { createConnection } from 'node:net'
import type { HttpRequest } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { json, sendRaw, startHttp } from './fixtures/start-http.ts'

describe('a body', () => {
  const echo = async (request: HttpRequest) => ({ status: 200, body: String((await request.body()).byteLength) })
  const chunks = (sizes: readonly number[]) =>
    sizes.map((size) => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`).join('')
  const chunked = 'POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n'

  it('is read whole, whichever way its length is told, and by Request as well', async () => {
    await using it = await startHttp({ config: { bodyLimitBytes: 1_000 } })
    it.http.mount('/x', echo)
    it.http.mount('/request', async ({ request }) => ({ status: 200, body: String((await request.text()).length) }))
    const send = async (path: string, body: string) => (await fetch(it.url + path, { method: 'POST', body })).text()
    expect([await send('/x', 'x'.repeat(1_000)), await send('/x', ''), await send('/request', 'abc')]).toEqual([
      '1000',
      '0',
      '3',
    ])
    expect(await sendRaw(it.url, chunked, chunks([400, 600, 0]))).toMatch(/\r\n1000$/)
    expect(await sendRaw(it.url, chunked.replace('/x', '/request'), chunks([2, 3, 0]))).toMatch(/\r\n5$/)
    expect(await (await fetch(`${it.url}/x`)).text()).toBe('0')
  })

  it('B3: is refused when it is announced too large, without being read', async () => {
    await using it = await startHttp({ config: { bodyLimitBytes: 1_000 } })
    it.http.mount('/x', echo)
    const response = await fetch(`${it.url}/x`, { method: 'POST', body: 'x'.repeat(1_001) })
    expect(await json(response)).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
    const announced = await sendRaw(
      it.url,
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n',
      // The server answers now; what comes next only ends the connection.
      Buffer.alloc(0),
    )
    expect(announced).toMatch(/^HTTP\/1.1 413 /)
  })

  it('is asked for when the client waits for leave', async () => {
    await using it = await startHttp({ config: { bodyLimitBytes: 1_000 } })
    it.http.mount('/x', echo)
    const answer = await sendRaw(
      it.url,
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
      'abc',
    )
    expect(answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 [\s\S]*\r\n3$/)
  })

  it('B3: is refused at the first chunk too many', async () => {
    await using it = await startHttp({ config: { bodyLimitBytes: 1_000 } })
    let called = false
    it.http.mount('/x', (request) => {
      called = true
      return echo(request)
    })
    expect(await sendRaw(it.url, chunked, chunks([600, 600]))).toMatch(/^HTTP\/1.1 413 /)
    expect(called).toBe(false)
  })

  it.each(['gzip', 'deflate', 'br', 'GZIP', 'identity, gzip'])(
    'B7: is refused when it is compressed with %s',
    async (encoding) => {
      await using it = await startHttp()
      it.http.mount('/x', echo)
      const response = await fetch(`${it.url}/x`, {
        method: 'POST',
        body: 'x',
        headers: { 'Content-Encoding': encoding },
      })
      expect(await json(response)).toMatchObject({ status: 415, body: { code: 'encoding_unsupported' } })
    },
  )

  it('that breaks off is no fault of ours', async () => {
    await using it = await startHttp()
    const entered = Promise.withResolvers<void>()
    const failed = Promise.withResolvers<unknown[]>()
    it.http.mount('/x', async (request) => {
      entered.resolve()
      const first = await request.body().catch((error) => error)
      const afterTheConnectionHasGone = await request.body().catch((error) => error)
      failed.resolve([first, afterTheConnectionHasGone])
      throw first
    })
    const { port } = new URL(it.url)
    const socket = createConnection(Number(port), '127.0.0.1', () => {
      socket.write('POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc')
    })
    await entered.promise
    socket.destroy()
    expect(await failed.promise).toMatchObject([{ code: 'WAQ_REQUEST_INVALID' }, { code: 'WAQ_REQUEST_INVALID' }])
    await it.test.kernel.close()
    expect(it.test.lines.filter((line) => line.level === 'error')).toEqual([])
  })
})
