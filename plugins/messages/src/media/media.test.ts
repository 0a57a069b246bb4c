import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Files, type IncomingMessage } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import files from '@waqtor/plugin-files'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { getMedia } from '../contract.ts'
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
