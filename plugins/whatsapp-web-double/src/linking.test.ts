import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type LocalDouble, startDouble } from './index.ts'
import { BareClient } from './testing/bare-client.ts'
import { chromium } from './testing/find-chromium.ts'

describe.skipIf(!chromium)('the double, and the bare library on it', () => {
  let double!: LocalDouble
  beforeAll(async () => {
    double = await startDouble({ faults: { ackDelayMs: 10 } })
  })
  afterAll(() => double.close())

  it('links by QR, sends a text, hears its acknowledgements, and gets an answer', async () => {
    await using bare = await BareClient.ready(double, 'one')
    expect(bare.heard.map((it) => it.event)).toEqual(expect.arrayContaining(['qr', 'authenticated', 'ready']))
    expect(await bare.client.getState()).toBe('CONNECTED')
    const sent = await bare.client.sendMessage('201001234567@c.us', 'مرحبا')
    await vi.waitFor(() => expect(bare.of('message_ack').map((it) => it[1])).toEqual([1, 2, 3]))
    expect(double.accepted('one')).toMatchObject([{ messageId: sent.id._serialized, body: 'مرحبا', kind: 'text' }])
    expect(double.count(sent.id._serialized)).toBe(1)
    await double.deliver({ account: 'one', from: '201001234567', text: 'سؤال' })
    const [message] = await bare.next('message')
    expect(message).toMatchObject({ from: '201001234567@c.us', body: 'سؤال', type: 'chat' })
  })
})
