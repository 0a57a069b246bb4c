import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalDouble, startDouble } from './index.ts'
import { BareClient } from './testing/bare-client.ts'
import { eventually } from './testing/eventually.ts'
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
    await eventually(() => expect(bare.acks(sent.id._serialized)).toEqual([1, 2, 3]))
    expect(double.accepted('one')).toMatchObject([{ messageId: sent.id._serialized, body: 'مرحبا', kind: 'text' }])
    expect(double.count(sent.id._serialized)).toBe(1)
    await double.deliver({ account: 'one', from: '201001234567', text: 'سؤال' })
    const [message] = await bare.next('message')
    expect(message).toMatchObject({ from: '201001234567@c.us', body: 'سؤال', type: 'chat' })
  })

  it('shows a new QR from time to time; the one before it still links', async () => {
    await using quick = await startDouble({ qrIntervalMs: 500 })
    await using bare = await BareClient.prepare(quick)
    await bare.client.initialize()
    const qrs = [(await bare.next('qr', 1))[0], (await bare.next('qr', 2))[0]].map(String)
    expect(new Set(qrs).size).toBe(2)
    await eventually(async () => quick.scan({ qr: String(bare.of('qr').at(-1)![0]), instance: 'slow' }))
    await bare.next('ready')
    await expect(quick.scan({ qr: qrs[0]!, instance: 'late' })).rejects.toThrow('no page shows this QR')
  })
})
