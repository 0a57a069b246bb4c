import type { FileInfo } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { type FilesTest, startFiles } from './fixtures/start-files.ts'

type Headers = Readonly<Record<string, string>>

const films = Buffer.from('0123456789')

async function handIn(it: FilesTest, headers: Headers, body: string | Buffer, filename: string): Promise<FileInfo> {
  const url = `${it.url}/files?filename=${encodeURIComponent(filename)}`
  return (await (
    await fetch(url, { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) })
  ).json()) as FileInfo
}

async function get(it: FilesTest, fileId: string, headers: Headers, method = 'GET') {
  const response = await fetch(`${it.url}/files/${fileId}`, { method, headers })
  return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() }
}

describe('a piece of a file', () => {
  it.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=4-', '456789', 'bytes 4-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=8-100', '89', 'bytes 8-9/10'],
  ])('is answered to who asks for %s, as players do', async (range, text, contentRange) => {
    await using it = await startFiles()
    const key = await it.key('files:*')
    const { fileId } = await handIn(it, key, films, 'film.mp4')
    expect(await get(it, fileId, { ...key, Range: range })).toMatchObject({
      status: 206,
      text,
      headers: {
        'content-range': contentRange,
        'content-length': String(text.length),
        'accept-ranges': 'bytes',
        'content-security-policy': 'sandbox',
        'content-disposition': 'attachment; filename=film.mp4',
      },
    })
  })

  it('beyond the end is refused with the length of the file', async () => {
    await using it = await startFiles()
    const key = await it.key('files:*')
    const { fileId } = await handIn(it, key, films, 'film.mp4')
    const refused = await get(it, fileId, { ...key, Range: 'bytes=10-' })
    expect([refused.status, refused.headers['content-range'], JSON.parse(refused.text)]).toMatchObject([
      416,
      'bytes */10',
      { code: 'range_outside', status: 416 },
    ])
    const empty = await handIn(it, key, '', 'empty.mp4')
    expect((await get(it, empty.fileId, { ...key, Range: 'bytes=0-' })).headers['content-range']).toBe('bytes */0')
  })

  it('is the whole for several ranges, for HEAD, and when the client has another state of it', async () => {
    await using it = await startFiles()
    const key = await it.key('files:*')
    const { fileId } = await handIn(it, key, films, 'film.mp4')
    const whole = { status: 200, headers: { 'content-length': '10' } }
    const wholes: readonly Headers[] = [
      { Range: 'bytes=0-1,3-4' },
      { Range: 'bytes=x' },
      { Range: 'bytes=0-1', 'If-Range': '"other"' },
      { Range: 'bytes=0-1', 'If-Range': 'Sun, 29 Nov 2026 00:00:00 GMT' },
    ]
    for (const more of wholes)
      expect(await get(it, fileId, { ...key, ...more })).toMatchObject({ ...whole, text: '0123456789' })
    expect(await get(it, fileId, { ...key, Range: 'bytes=0-1' }, 'HEAD')).toMatchObject({ ...whole, text: '' })
    const { etag } = (await get(it, fileId, key)).headers
    const same = await get(it, fileId, { ...key, Range: 'bytes=0-1', 'If-Range': etag! })
    expect([same.status, same.text]).toEqual([206, '01'])
  })

  it('is no way around the permission', async () => {
    await using it = await startFiles()
    const { fileId } = await handIn(it, await it.key('files:*'), films, 'film.mp4')
    const stranger = await it.key('files:read')
    const ways: readonly Headers[] = [{ Range: 'bytes=0-' }, { 'If-None-Match': `"${fileId}"` }]
    for (const more of ways) {
      expect((await get(it, fileId, { ...stranger, ...more })).status).toBe(404)
      expect((await get(it, fileId, more)).status).toBe(401)
    }
  })

  it('is not sent again to a client that has it', async () => {
    await using it = await startFiles()
    const key = await it.key('files:*')
    const { fileId } = await handIn(it, key, films, 'film.mp4')
    const { etag } = (await get(it, fileId, key)).headers
    expect(await get(it, fileId, { ...key, 'If-None-Match': etag! })).toMatchObject({ status: 304, text: '' })
    expect((await get(it, fileId, { ...key, 'If-None-Match': '"other"' })).status).toBe(200)
  })
})

describe('B7, G5: media that could do harm in a browser', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
  // A picture of 50,000 × 50,000 points by its header: whoever unpacked it would need ten gigabytes.
  const hugePicture = Buffer.from(
    '89504e470d0a1a0a0000000d494844520000c3500000c35008060000000000000000000049454e44ae426082',
    'hex',
  )
  const bomb = Buffer.from('H4sIAAAAAAAAA0vMSQUAZsDoQgMAAAA=', 'base64')

  it.each<[string, string | Buffer, string]>([
    ['picture.svg', svg, 'application/octet-stream'],
    ['picture.svg', `<?xml version="1.0"?>${svg}`, 'application/xml'],
    ['picture.png', svg, 'application/octet-stream'],
    ['page.html', '<!doctype html><script>alert(1)</script>', 'application/octet-stream'],
    ['page.txt', '<script>alert(1)</script>', 'text/plain'],
    ['page.pdf', '<script>alert(1)</script>', 'application/octet-stream'],
    ['report.pdf', '%PDF-1.7 /OpenAction /JavaScript', 'application/pdf'],
    ['picture.png', hugePicture, 'image/png'],
    ['a.gz', bomb, 'application/gzip'],
  ])('%s is kept as it is, by what its bytes say, and no browser opens it', async (name, content, type) => {
    await using it = await startFiles()
    const key = await it.key('files:*')
    const { fileId, contentType } = await handIn(it, key, content, name)
    expect(contentType).toBe(type)
    const got = await fetch(`${it.url}/files/${fileId}`, { headers: key })
    expect(Object.fromEntries(got.headers)).toMatchObject({
      'content-type': type,
      'x-content-type-options': 'nosniff',
      'content-disposition': `attachment; filename=${name}`,
      'content-security-policy': 'sandbox',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
      'content-length': String(content.length),
    })
    expect(Buffer.from(await got.arrayBuffer()).equals(Buffer.from(content))).toBe(true)
  })
})
