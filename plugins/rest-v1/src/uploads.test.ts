import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { HostInfo } from '@waqtor/contracts'
import { systemPrincipal } from '@waqtor/kernel'
import { listFiles, readFile } from '@waqtor/plugin-files/contract'
import { listMessages } from '@waqtor/plugin-messages/contract'
import { describe, expect, it, vi } from 'vitest'
import { type RestV1Test, startRestV1 } from './fixtures/start-rest-v1.ts'
import { pieces } from './uploads.ts'

const to = '201001234567'
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

function form(content: Uint8Array<ArrayBuffer>, fields: Readonly<Record<string, string>> = {}, filename = 'a.png') {
  const made = new FormData()
  for (const [name, value] of Object.entries(fields)) made.append(name, value)
  made.append('file', new Blob([content]), filename)
  return made
}

const upload = (it: RestV1Test, body: unknown, headers = {}) =>
  it.ask('/api/messages/upload', { method: 'POST', body, headers })

/** Nothing is known of any file, and nothing lies in the folder. */
async function expectNothingLeft(it: RestV1Test): Promise<void> {
  expect((await it.test.run(listFiles, {})).items).toEqual([])
  const { dataDirectory } = it.test.service(HostInfo)
  const names = await readdir(join(dataDirectory, 'files'), { recursive: true, withFileTypes: true })
  expect(names.filter((it) => it.isFile()).map((it) => it.name)).toEqual([])
}

/** A form by hand. */
function raw(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.map((it) => `--b\r\n${it}\r\n`).join(''))
}
const filePart = 'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello'
const multipart = { 'Content-Type': 'multipart/form-data; boundary=b' }

describe('an upload', () => {
  it('is stored as it came, however large, and sent by its id', async () => {
    await using it = await startRestV1()
    const content = randomBytes(2_500_000)
    const { body } = await upload(it, form(content, {}, 'مستند.bin'))
    expect(body.data).toMatchObject({ id: body.fileId, filename: 'مستند.bin', size: content.length })
    const read: Buffer[] = []
    for (let offset = 0, end = false; !end; ) {
      const piece = await it.test.run(readFile, { fileId: body.fileId, offset })
      read.push(Buffer.from(piece.data, 'base64'))
      offset += piece.bytes
      end = piece.end
    }
    expect(Buffer.concat(read).equals(content)).toBe(true)
    const sent = await it.ask('/api/messages/send-media', { method: 'POST', body: { phone: to, media: body.fileId } })
    expect(sent.body).toMatchObject({ success: true, data: { to: `${to}@c.us` } })
  })

  it('is what its content says, when it is sent', async () => {
    await using it = await startRestV1()
    const { body } = await upload(it, form(png, {}, 'a.bin'))
    await it.ask('/api/messages/send-media', { method: 'POST', body: { phone: to, media: body.fileId, caption: 'c' } })
    await it.ask('/api/messages/send-file', { method: 'POST', body: form(png, { phone: to, message: 'm {{x|y}}' }) })
    await it.ask('/api/messages/send-file', { method: 'POST', body: form(png, { phone: to, type: 'document' }) })
    const { items } = await it.test.run(listMessages, {})
    expect(items.map((it) => `${it.kind} ${it.body}`)).toEqual(['document ', 'image m y', 'image c'])
  })

  it('without the right to look at files is sent as a document', async () => {
    await using it = await startRestV1()
    const key = await it.key(['messages:write', 'files:write'])
    const { body } = await it.ask('/api/messages/upload', { method: 'POST', body: form(png), key })
    await it.ask('/api/messages/send-media', { method: 'POST', body: { phone: to, media: body.fileId }, key })
    expect((await it.test.run(listMessages, {})).items).toMatchObject([{ kind: 'document' }])
  })

  it('B6: is called by the last part of its name', async () => {
    await using it = await startRestV1()
    for (const name of ['../../etc/passwd', '..\\..\\passwd', '/etc/passwd'])
      expect((await upload(it, form(png, {}, name))).body.data.filename).toBe('passwd')
  })

  it('that was sent leaves nothing behind, and may be repeated under its key', async () => {
    await using it = await startRestV1()
    const send = () =>
      it.ask('/api/messages/send-file', {
        method: 'POST',
        body: form(png, { phone: to }),
        headers: { 'Idempotency-Key': 'photo-1' },
      })
    const first = await send()
    expect((await send()).text).toBe(first.text)
    expect((await it.test.run(listMessages, {})).items).toHaveLength(1)
    await expectNothingLeft(it)
  })

  it('B3: is refused beyond its limit, or that of the files, and nothing of it is kept', async () => {
    await using it = await startRestV1({ config: { uploadBytes: 1_000_000 } })
    const { status, body } = await upload(it, form(randomBytes(1_500_000)))
    expect([status, body.success, body.code]).toEqual([413, false, 'body_too_large'])
    const chunked = await upload(it, ReadableStream.from([raw(filePart), Buffer.alloc(1_200_000)]), multipart)
    expect(chunked.status).toBe(413)
    await expectNothingLeft(it)
  })

  it('is refused by who stores it, and nothing of it is kept', async () => {
    await using it = await startRestV1({ files: { maxBytes: 500_000, reserveBytes: 0 } })
    const { status, body } = await upload(it, form(randomBytes(3_000_000)))
    expect([status, body.success, body.code]).toEqual([413, false, 'body_too_large'])
    await expectNothingLeft(it)
  })

  it.each([
    ['without an end', raw(filePart), 400],
    ['cut off in its head', Buffer.from('--b\r\nContent-Dispo'), 400],
    ['empty', Buffer.alloc(0), 400],
    ['without a part', Buffer.from('--b--\r\n'), 400],
    ['of other parts', Buffer.concat([raw('X-Nothing: 1\r\n\r\nhello'), Buffer.from('--b--\r\n')]), 400],
    [
      'with a field that is too long',
      Buffer.concat([
        raw(`Content-Disposition: form-data; name="caption"\r\n\r\n${'x'.repeat(80_000)}`, filePart),
        Buffer.from('--b--'),
      ]),
      400,
    ],
    [
      'with too many fields',
      Buffer.concat([
        raw(filePart, ...Array.from({ length: 60 }, (_, i) => `Content-Disposition: form-data; name="f${i}"\r\n\r\nx`)),
        Buffer.from('--b--'),
      ]),
      400,
    ],
    [
      'B4: with fields that reach for a prototype',
      Buffer.concat([
        raw(
          'Content-Disposition: form-data; name="__proto__"\r\n\r\nx',
          'Content-Disposition: form-data; name="constructor[prototype][polluted]"\r\n\r\nx',
          filePart,
        ),
        Buffer.from('--b--'),
      ]),
      201,
    ],
  ])('is read from a form %s', async (_, body, status) => {
    await using it = await startRestV1()
    const answer = await upload(it, body, multipart)
    expect(answer.status).toBe(status)
    expect(({} as { polluted?: string }).polluted).toBeUndefined()
    if (status === 201) return
    expect(answer.body).toMatchObject({ success: false, code: 'input_invalid' })
    await expectNothingLeft(it)
  })

  it.each(['multipart/form-data', 'multipart/form-data; charset=utf-8', 'multipart/mixed; boundary=b', 'text/plain'])(
    'is refused as %s',
    async (type) => {
      await using it = await startRestV1()
      const { status, body } = await upload(it, raw(filePart), { 'Content-Type': type })
      expect([status, body.code]).toEqual([415, 'form_expected'])
    },
  )

  it('is given up when the client goes away', async () => {
    await using it = await startRestV1()
    const { hostname, port } = new URL(it.url)
    const begun = Promise.withResolvers<void>()
    it.test.kernel.events.onAny((_, { type, data }) => {
      if (type === 'command.completed' && (data as { command: string }).command === 'files.append') begun.resolve()
    })
    const socket = connect(Number(port), hostname)
    socket.write(
      `POST /api/messages/upload HTTP/1.1\r\nHost: ${hostname}:${port}\r\nX-API-Key: ${it.admin}\r\nContent-Length: 9000000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n`,
    )
    socket.write(raw(filePart).subarray(0, -2))
    socket.write(randomBytes(2_000_000))
    await begun.promise
    socket.destroy()
    await vi.waitFor(() => expectNothingLeft(it))
    expect(it.test.lines.filter((line) => line.level === 'error')).toEqual([])
  })
})

async function all(content: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const found: Buffer[] = []
  for await (const piece of content) found.push(piece)
  return found
}

describe('pieces', () => {
  it('hold the same bytes, all but the last of one size', async () => {
    const content = randomBytes(10_007)
    async function* chunks() {
      for (let at = 0; at < content.length; at += 1_234) yield content.subarray(at, at + 1_234)
    }
    for (const size of [1, 500, 1_234, 5_000, 20_000]) {
      const found = await all(pieces(chunks(), size))
      expect(Buffer.concat(found).equals(content)).toBe(true)
      expect(found.slice(0, -1).every((it) => it.length === size)).toBe(true)
      expect(found.at(-1)!.length).toBeGreaterThan(0)
    }
    expect(await all(pieces((async function* () {})(), 5))).toEqual([])
  })
})

describe('a file on the way', () => {
  it('is deleted also for a key that may not look at files', async () => {
    await using it = await startRestV1()
    const key = await it.key(['messages:write', 'files:write'])
    const answer = await it.ask('/api/messages/send-file', {
      method: 'POST',
      body: form(png, { phone: 'nobody' }),
      key,
    })
    expect(answer.body.code).toBe('chat_id_invalid')
    expect((await it.test.run(listFiles, {}, { principal: systemPrincipal })).items).toEqual([])
  })
})
