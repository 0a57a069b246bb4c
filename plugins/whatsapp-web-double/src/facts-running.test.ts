import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Control, type LocalDouble, startDouble } from './index.ts'
import { defaultFaults, defaultSettings } from './options.ts'
import { BareClient } from './testing/bare-client.ts'
import { eventually } from './testing/eventually.ts'
import { chromium } from './testing/find-chromium.ts'
import { temporaryDirectory } from './testing/temporary.ts'

const chat = '201001234567@c.us'

/** Neither kept nor broken until the browser is gone. */
async function hangs(bare: BareClient, send: Promise<unknown>): Promise<void> {
  const outcome = send.then(
    () => 'sent',
    () => 'failed',
  )
  const nothing = new Promise((resolve) => setTimeout(resolve, 1_000, 'nothing'))
  expect(await Promise.race([outcome, nothing])).toBe('nothing')
  bare.client.pupBrowser!.process()!.kill('SIGKILL')
  expect(await outcome).toBe('failed')
}

/** What a plugin must do better: each of these shows the library, left to itself, doing it wrong. */
describe.skipIf(!chromium)('the bare library, while it runs', () => {
  let double!: LocalDouble
  beforeAll(async () => {
    double = await startDouble()
  })
  beforeEach(() => double.control({ ...defaultSettings, ...defaultFaults, ackDelayMs: 10 } as Control))
  afterAll(() => double.close())

  it('E6: calls it disconnected when the page says UNPAIRED, and keeps the profile', async () => {
    await using directory = await temporaryDirectory()
    await using bare = await BareClient.ready(double, 'unpaired', { directory: directory.path })
    await double.control({ account: 'unpaired', logout: 'state' })
    expect(await bare.next('disconnected')).toEqual(['UNPAIRED'])
    await eventually(() => expect(bare.client.pupBrowser?.isConnected()).toBe(false))
    expect(existsSync(join(directory.path, 'session-bare', 'Default'))).toBe(true)
  })

  it('shows a QR again when the phone has logged it out, and can be linked anew', async () => {
    await using bare = await BareClient.ready(double, 'unlinked')
    await double.control({ account: 'unlinked', logout: true })
    expect(await bare.next('disconnected')).toEqual(['LOGOUT'])
    await double.scan({ qr: String((await bare.next('qr', 2))[0]), instance: 'unlinked' })
    await bare.next('ready', 2)
  })

  it('does not say that it is disconnected when it logs out itself', async () => {
    await using bare = await BareClient.ready(double, 'leaving')
    await bare.client.logout()
    expect(bare.of('disconnected')).toEqual([])
  })

  it('R1: says nothing when its browser is killed; the browser does', async () => {
    await using bare = await BareClient.ready(double, 'killed')
    const before = bare.heard.length
    const gone = new Promise((resolve) => bare.client.pupBrowser!.once('disconnected', () => resolve(true)))
    bare.client.pupBrowser!.process()!.kill('SIGKILL')
    await gone
    await expect(bare.client.sendMessage(chat, 'x')).rejects.toThrow()
    expect(bare.heard.length).toBe(before)
  })

  it('R2: says nothing when the page crashes, and a send hangs for as long as the browser runs', async () => {
    await using bare = await BareClient.ready(double, 'crashed')
    const before = bare.heard.length
    const page = bare.client.pupPage!
    const crashed = new Promise((resolve) => page.once('error', () => resolve(true)))
    void page.goto('chrome://crash').catch(() => {})
    await crashed
    await hangs(bare, bare.client.sendMessage(chat, 'x'))
    expect(bare.heard.length).toBe(before)
  })

  it('never hears of a send whose answer is lost, though the network has it', async () => {
    await using bare = await BareClient.ready(double, 'unanswered')
    await double.control({ account: 'unanswered', dropAnswerRate: 1 })
    const send = bare.client.sendMessage(chat, 'x')
    await eventually(() => expect(double.accepted('unanswered')).toHaveLength(1))
    await hangs(bare, send)
  })

  it('closes its browser when another window takes the session over', async () => {
    await using bare = await BareClient.ready(double, 'conflict')
    await double.control({ account: 'conflict', conflict: true })
    expect(await bare.next('disconnected')).toEqual(['CONFLICT'])
    await eventually(() => expect(bare.client.pupBrowser?.isConnected()).toBe(false))
  })

  it('closes its browser when the account is restricted, and when the session is ended', async () => {
    await using restricted = await BareClient.ready(double, 'restricted')
    await double.control({ account: 'restricted', restrict: true })
    expect(await restricted.next('disconnected')).toEqual(['TOS_BLOCK'])
    await using ended = await BareClient.ready(double, 'ended')
    await double.control({ account: 'ended', disconnect: true })
    expect(await ended.next('disconnected')).toEqual(['UNLAUNCHED'])
  })

  it('cannot write to somebody whose identity was never asked for, where the page wants it', async () => {
    await double.control({ strictLids: true })
    await using bare = await BareClient.ready(double, 'strict')
    await expect(bare.client.sendMessage(chat, 'x')).rejects.toThrow('No LID for user')
    await bare.client.getNumberId(chat)
    await bare.client.sendMessage(chat, 'x')
  })

  it('names messages by the hidden-number identity where the page keeps chats so', async () => {
    await double.control({ lidChats: true })
    await using bare = await BareClient.ready(double, 'lids')
    const { id } = await bare.client.sendMessage(chat, 'x')
    expect(id._serialized).toMatch(/^true_\d+@lid_/)
    await eventually(() => expect(double.accepted('lids')).toMatchObject([{ to: chat, messageId: id._serialized }]))
  })

  it('fails in the middle of a send when the page no longer has a module', async () => {
    await double.control({ missingModules: ['WAWebSendMsgChatAction'] })
    await using bare = await BareClient.ready(double, 'changed')
    await expect(bare.client.sendMessage(chat, 'x')).rejects.toThrow('Requiring unknown module')
  })

  it('answers nothing while the page is busy with itself', async () => {
    await using bare = await BareClient.ready(double, 'busy')
    await double.control({ account: 'busy', freezeMs: 1_500 })
    let last = performance.now()
    await eventually(async () => {
      await bare.evaluate('1')
      const waited = performance.now() - last
      last = performance.now()
      expect(waited).toBeGreaterThan(1_000)
    })
  })
})

describe.skipIf(!chromium)('the bare library, while the network is at fault', () => {
  const account = 'patient'
  let double!: LocalDouble
  let bare!: BareClient
  beforeAll(async () => {
    double = await startDouble({ faults: { ackDelayMs: 10 } })
    bare = await BareClient.ready(double, account)
    // The chat is there: it needs no question to the network.
    await bare.client.sendMessage(chat, 'hello')
    await bare.next('message_ack', 3)
  })
  beforeEach(() => {
    bare.heard.length = 0
    return double.control({ ...defaultFaults, ackDelayMs: 10 })
  })
  afterAll(async () => {
    await bare[Symbol.asyncDispose]()
    await double.close()
  })

  it('R3: is ready again and again, whenever the page synchronises', async () => {
    await double.control({ account, resync: true })
    await bare.next('ready', 2)
  })

  it('O1: takes messages while it is offline, and says nothing; the page sends them later by itself', async () => {
    await double.control({ account, offline: true })
    await eventually(async () => expect(await bare.client.getState()).toBe('TIMEOUT'))
    const { id, ack } = await bare.client.sendMessage(chat, 'later')
    expect(ack).toBe(0)
    expect(double.count(id._serialized)).toBe(0)
    expect(bare.of('disconnected')).toEqual([])
    await double.control({ account, offline: false })
    await eventually(() => expect(bare.acks(id._serialized)).toEqual([1, 2, 3]))
    expect(double.count(id._serialized)).toBe(1)
  })

  it('sends each message once, however often the line breaks meanwhile', async () => {
    const sent: string[] = []
    for (let i = 0; i < 20; i++) {
      if (i % 4 === 1) await double.control({ account, offline: true })
      if (i % 4 === 3) await double.control({ account, offline: false })
      sent.push((await bare.client.sendMessage(chat, `message ${i}`)).id._serialized)
    }
    await double.control({ account, offline: false })
    await eventually(() => expect(sent.map((it) => double.count(it))).toEqual(sent.map(() => 1)))
  })

  it('X1: resolves a send that the server refuses, and tells of it only afterwards', async () => {
    await double.control({ account, refuseRate: 1 })
    const { id, ack } = await bare.client.sendMessage(chat, 'x')
    expect(ack).toBe(0)
    await eventually(() => expect(bare.acks(id._serialized)).toEqual([-1]))
    expect(double.count(id._serialized)).toBe(0)
  })

  it('X2: lets a later send overtake an earlier one', async () => {
    await double.control({ account, latencyMs: 2_000 })
    await bare.client.sendMessage(chat, 'first')
    await eventually(() => expect(double.underWay).toBe(1))
    await double.control({ account, latencyMs: 0 })
    await bare.client.sendMessage(chat, 'second')
    await eventually(() =>
      expect(
        double
          .accepted(account)
          .slice(-2)
          .map((it) => it.body),
      ).toEqual(['second', 'first']),
    )
  })

  it('hears nothing of acknowledgements that the page takes silently', async () => {
    await double.control({ account, dropAckRate: 1 })
    const { id } = await bare.client.sendMessage(chat, 'x')
    await eventually(async () => expect((await bare.client.getMessageById(id._serialized)).ack).toBe(3))
    expect(bare.acks(id._serialized)).toEqual([])
  })

  it('is answered once the network no longer hangs', async () => {
    await double.control({ account, hang: true })
    expect(await bare.client.getState()).toBe('CONNECTED')
    const known = bare.client.getNumberId('201001234567')
    const { id } = await bare.client.sendMessage(chat, 'x')
    expect(double.count(id._serialized)).toBe(0)
    await double.control({ account, hang: false })
    expect((await known)?._serialized).toBe(chat)
    await eventually(() => expect(double.count(id._serialized)).toBe(1))
  })

  it('puts messages of one second in a wrong order, and may leave out the newest', async () => {
    for (const text of ['one', 'two', 'three']) {
      await double.deliver({ account, from: '201001234567', text, time: 1_700_000_000_000 })
    }
    await bare.next('message', 3)
    const found = await (await bare.client.getChatById(chat)).fetchMessages({ limit: 2 })
    expect(found.map((it) => it.body)).not.toContain('three')
  })
})
