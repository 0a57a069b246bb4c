import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BareClient } from '../testing/bare-client.ts'
import { chromium } from '../testing/find-chromium.ts'
import { DoubleProcess } from './double-process.ts'

describe.skipIf(!chromium)('the double in a process of its own', () => {
  it('does all that the one in this process does, and writes its log to a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'waqtor-double-'))
    const log = join(directory, 'accepted.jsonl')
    await using double = await DoubleProcess.start({ log })
    await using bare = await BareClient.ready(double, 'one')
    const { id } = await bare.client.sendMessage('201001234567@c.us', 'hello')
    await bare.next('message_ack')
    expect(await double.count(id._serialized)).toBe(1)
    expect(await double.accepted('one')).toMatchObject([{ instance: 'one', to: '201001234567@c.us', body: 'hello' }])
    expect(JSON.parse(await readFile(log, 'utf8'))).toMatchObject({ messageId: id._serialized })
    const data = new Uint8Array([1, 2, 3])
    await double.deliver({ account: 'one', from: '201001234567', text: 'look', media: { mimeType: 'image/png', data } })
    expect((await bare.next('message'))[0]).toMatchObject({ body: 'look', hasMedia: true })
    await rm(directory, { recursive: true })
  })

  it('says what is wrong with a question', async () => {
    await using double = await DoubleProcess.start()
    await expect(double.scan({ qr: '2@nobody' })).rejects.toThrow('no page shows this QR')
  })
})
