import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Files, type IncomingMessage } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import files from '@waqtor/plugin-files'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { getMedia, sendMedia } from '../contract.ts'
import { FakeTransport, type MailKernel, mailKernel } from '../testing/index.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-media-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const picture = { mimeType: 'image/png', data: new Uint8Array([137, 80, 78, 71]), filename: 'a.png' }
const chatId = '201001234567@c.us'
const message: IncomingMessage = {
  ...{ messageId: 'm1', chatId, from: chatId, body: '', kind: 'image', hasMedia: true, isGroup: false, timestamp: 1 },
}
const person = (id: string): Principal => ({
  id,
  role: 'key',
  permissions: new Set(['messages:read', 'files:read']),
  instances: 'all',
})
const reading = (id: string) => ({ principal: person(id) })

async function received(test: MailKernel): Promise<FakeTransport> {
  const network = new FakeTransport()
  network.media.set('m1', picture)
  test.account.connect(network)
  await test.account.report({ type: 'message', message })
  return network
}

describe('the file of a message', () => {
  it('is downloaded for who asks, kept for him, and read by nobody else', async () => {
    await using test = await mailKernel({ directory, plugins: [files()] })
    const network = await received(test)
    const answer = await test.run(getMedia, { messageId: 'm1' }, reading('mona'))
    expect(answer).toMatchObject({ messageId: 'm1', mimeType: 'image/png', filename: 'a.png', bytes: 4, data: null })
    expect(await test.run(getMedia, { messageId: 'm1' }, reading('mona'))).toEqual(answer)
    expect(network.downloads).toBe(1)
    await expect(test.service(Files).open(answer.fileId!, person('nour'))).rejects.toMatchObject({
      code: 'WAQ_NOT_FOUND',
    })
    const other = await test.run(getMedia, { messageId: 'm1' }, reading('nour'))
    expect(other.fileId).not.toBe(answer.fileId)
    expect(network.downloads).toBe(2)
  })

  it('is downloaded again once it is not kept any more', async () => {
    await using test = await mailKernel({ directory, plugins: [files()] })
    const network = await received(test)
    const { fileId } = await test.run(getMedia, { messageId: 'm1' }, reading('mona'))
    await test.service(Files).remove(fileId!)
    const again = await test.run(getMedia, { messageId: 'm1' }, reading('mona'))
    expect(again.fileId).not.toBe(fileId)
    expect(network.downloads).toBe(2)
  })

  it('is answered at once where no plugin stores files', async () => {
    await using test = await mailKernel({ directory })
    await received(test)
    expect(await test.run(getMedia, { messageId: 'm1' })).toMatchObject({
      fileId: null,
      data: Buffer.from(picture.data).toString('base64'),
    })
  })

  it('is fetched before anybody asks where the config says so; then nobody waits for WhatsApp', async () => {
    await using test = await mailKernel({ directory, plugins: [files()], config: { media: { download: true } } })
    const network = await received(test)
    await vi.waitFor(() => expect(network.downloads).toBe(1))
    for (const id of ['mona', 'nour']) {
      const { fileId } = await test.run(getMedia, { messageId: 'm1' }, reading(id))
      const { path } = await test.service(Files).open(fileId!, person(id))
      expect(await readFile(path)).toEqual(Buffer.from(picture.data))
    }
    expect(network.downloads).toBe(1)
  })

  it('is not fetched when it is larger than allowed, gone, or was never there', async () => {
    await using test = await mailKernel({ directory, config: { media: { maxBytes: 3 } } })
    const network = await received(test)
    const media = () => test.run(getMedia, { messageId: 'm1' })
    await expect(media()).rejects.toMatchObject({ code: 'WAQ_MEDIA_TOO_LARGE', status: 413 })
    network.media.clear()
    await expect(media()).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    network.failure = 'not-connected'
    await expect(media()).rejects.toMatchObject({ code: 'WAQ_SESSION_NOT_READY' })
    const text: IncomingMessage = { ...message, messageId: 'm2', kind: 'text', hasMedia: false }
    await test.account.report({ type: 'message', message: text })
    await expect(test.run(getMedia, { messageId: 'm2' })).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    Object.defineProperty(network, 'download', { value: undefined })
    await expect(media()).rejects.toMatchObject({ code: 'WAQ_ACTION_UNSUPPORTED' })
  })
})

describe('a file that was handed in', () => {
  const handIn = async (test: MailKernel, owner: Principal) => {
    const writer = await test.service(Files).create({ filename: 'offer.pdf', owner })
    await writer.write(Buffer.from('%PDF-1.7 offer'))
    return (await writer.finish()).fileId
  }
  const writing = (id: string) => ({ principal: { ...person(id), permissions: new Set(['messages:write']) } })

  it('is sent by its id, as what it is', async () => {
    await using test = await mailKernel({ directory, plugins: [files()] })
    const network = await received(test)
    const fileId = await handIn(test, person('mona'))
    await test.run(sendMedia, { chatId, fileId, caption: 'Read' }, writing('mona'))
    expect(network.accepted[0]!.message).toMatchObject({
      body: 'Read',
      media: { kind: 'document', mimeType: 'application/pdf', filename: 'offer.pdf' },
    })
    expect(Buffer.from(network.accepted[0]!.message.media!.data).toString()).toBe('%PDF-1.7 offer')
  })

  it('is not sent for somebody else, when it is too large, or beside a content', async () => {
    await using test = await mailKernel({ directory, plugins: [files()], config: { media: { maxBytes: 5 } } })
    const network = await received(test)
    const fileId = await handIn(test, person('mona'))
    const send = (id: string, more: object = {}) => test.run(sendMedia, { chatId, fileId, ...more }, writing(id))
    await expect(send('nour')).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    await expect(send('mona')).rejects.toMatchObject({ code: 'WAQ_MEDIA_TOO_LARGE' })
    await expect(send('mona', { media: 'aGk=' })).rejects.toMatchObject({ status: 400 })
    await expect(test.run(sendMedia, { chatId }, writing('mona'))).rejects.toMatchObject({ status: 400 })
    await using bare = await mailKernel({ directory: await mkdtemp(join(directory, 'bare-')) })
    bare.account.connect(new FakeTransport())
    await expect(bare.run(sendMedia, { chatId, fileId })).rejects.toMatchObject({ code: 'WAQ_MEDIA_INVALID' })
    expect(network.accepted).toEqual([])
  })
})
