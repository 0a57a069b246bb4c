import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Account, queryFor, type Run } from '@waqtor/transport-suite'
import { type Control, type LocalDouble, startDouble } from '@waqtor/whatsapp-web-double'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { chromium } from './testing/chromium.ts'
import { chromiumGroups, renderers } from './testing/processes.ts'
import { linking, sharedFor, waiting } from './testing/stage.ts'

const chatId = '201001234567@c.us'
const calm: Control = { lidChats: false, strictLids: false, missingModules: [], bootDelayMs: 0, ackDelayMs: 10 }

describe.skipIf(!chromium)('a connection', () => {
  let double!: LocalDouble
  let accounts = 0
  const account = () => Account.create(`running-${++accounts}`)
  beforeAll(async () => {
    double = await startDouble()
  })
  beforeEach(() => double.control(calm))
  afterAll(() => double.close())

  const ready = (it: Account, limits: object = {}): Promise<Run> =>
    it.ready(linking(double, sharedFor(double, { limits })))

  it('E4, E5, R3: tells everything once, through reloads, frames and synchronisations', async () => {
    await using it = await account()
    const { transport, facts } = await ready(it, { offlineMs: 60_000 })
    const { instance } = it
    await double.control({ instance, iframes: 3 })
    await double.control({ instance, resync: true })
    await double.control({ instance, reload: 4, reloadEveryMs: 300 })
    await double.deliver({ instance, from: '201009998877', text: 'while it loads' })
    // A send waits outside until the page is there again.
    const drawn = transport.drawMessageId!(chatId)
    const { messageId } = await vi.waitFor(() => transport.send({ chatId, body: 'after it', messageId: drawn }), {
      interval: 200,
    })
    expect(messageId).toBe(drawn)
    await vi.waitFor(() => expect(facts.of('ack').at(-1)?.ack).toBe(3))
    // A page that is just loading anew does not hear it, and the network says it again.
    await vi.waitFor(
      async () => {
        await double.change({ instance, messageId, ack: 4 })
        expect(facts.of('ack').at(-1)?.ack).toBe(4)
      },
      { interval: 500 },
    )
    await vi.waitFor(() => expect(facts.of('message')).toHaveLength(1))
    await double.control({ instance, iframes: 3 })
    await double.control({ instance, resync: true })
    await double.deliver({ instance, from: chatId, text: 'once' })
    await double.deliver({ instance, from: chatId, text: 'and again' })
    await vi.waitFor(() => expect(facts.of('message')).toHaveLength(3))
    expect(facts.of('message').map((fact) => fact.message.body)).toEqual(['while it loads', 'once', 'and again'])
    // One that came while the page was loading is contained in the next.
    const acks = facts.of('ack').map((fact) => fact.ack)
    expect(acks).toEqual([...new Set(acks)].sort())
    expect(facts.of('ready')).toHaveLength(1)
    expect(facts.of('authenticated')).toHaveLength(1)
    expect(facts.of('disconnected')).toEqual([])
    expect(double.count(messageId)).toBe(1)
  })

  it('E6: is logged out when the page says UNPAIRED, and keeps nothing of the session', async () => {
    await using it = await account()
    const { transport, facts } = await ready(it)
    await double.control({ instance: it.instance, logout: 'state' })
    expect(await facts.next('disconnected')).toMatchObject({ loggedOut: true, reason: /logged out on the phone/ })
    await transport.stop()
    expect(existsSync(join(it.directory, 'session'))).toBe(false)
  })

  it('R1: notices that Chromium was killed', async () => {
    await using it = await account()
    const { transport, facts } = await ready(it)
    for (const group of await chromiumGroups(it.directory)) process.kill(-group, 'SIGKILL')
    expect((await facts.next('disconnected')).reason).toBe('Chromium has ended')
    await expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'not-connected' })
    expect(await transport.usage!()).toBeNull()
    expect(double.accepted(it.instance)).toEqual([])
  })

  it('R2: notices that the page has crashed, and leaves no send waiting', async () => {
    await using it = await account()
    const { transport, facts } = await ready(it, { ackMs: 60_000 })
    await double.control({ instance: it.instance, latencyMs: 60_000 })
    const lost = expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'unknown' })
    await transport.newestMessageId(chatId)
    for (const pid of await renderers(it.directory)) process.kill(pid, 'SIGKILL')
    expect((await facts.next('disconnected')).reason).toMatch(/the page has crashed/)
    await lost
    await vi.waitFor(async () => expect(await chromiumGroups(it.directory)).toEqual([]))
  })

  it('T2: finds by its id what the network had when Chromium was killed, and does not send it again', async () => {
    await using it = await account()
    const first = await ready(it, { ackMs: 60_000 })
    const { instance } = it
    await double.control({ instance, dropAckRate: 1 })
    const messageId = first.transport.drawMessageId!(chatId)
    const lost = expect(first.transport.send({ chatId, body: 'x', messageId })).rejects.toMatchObject({
      failure: 'unknown',
    })
    await vi.waitFor(() => expect(double.count(messageId)).toBe(1))
    for (const group of await chromiumGroups(it.directory)) process.kill(-group, 'SIGKILL')
    await lost
    await double.control({ instance, dropAckRate: 0 })
    const second = await it.ready(waiting(sharedFor(double)))
    const answer = await second.transport.findSent(queryFor(chatId, 'x', { messageId }))
    expect(answer).toMatchObject({ outcome: 'found', matches: [{ messageId }] })
    expect((await second.transport.send({ chatId, body: 'x', messageId })).messageId).toBe(messageId)
    expect(double.count(messageId)).toBe(1)
  })

  it('believes after a kill that a message never left only where its chat can be read, and at once after an end in order', async () => {
    await using it = await account()
    const first = await ready(it)
    const { instance } = it
    const messageId = first.transport.drawMessageId!(chatId)
    await first.transport.send({ chatId, body: 'another' })
    const query = queryFor(chatId, 'never sent', { messageId })
    await first.transport.stop()
    await double.control({ instance, history: 'empty' })

    const second = await it.ready(waiting(sharedFor(double)))
    expect(await second.transport.findSent(query)).toEqual({ outcome: 'absent' })
    for (const group of await chromiumGroups(it.directory)) process.kill(-group, 'SIGKILL')
    await second.facts.next('disconnected')

    const third = await it.ready(waiting(sharedFor(double)))
    expect(await third.transport.findSent(query)).toMatchObject({ outcome: 'inconclusive' })
    await double.control({ instance, history: 'full' })
    expect(await third.transport.findSent(query)).toEqual({ outcome: 'absent' })
    await third.transport.stop()

    const fourth = await it.ready(waiting(sharedFor(double)))
    await double.control({ instance, history: 'empty' })
    expect(await fourth.transport.findSent(query), 'what the killed one lost is still not there').toMatchObject({
      outcome: 'inconclusive',
    })
    expect(await fourth.transport.findSent({ ...query, notBefore: Date.now() })).toEqual({ outcome: 'absent' })
  })

  it('O1: sends nothing while it is offline, and goes on afterwards', async () => {
    await using it = await account()
    const { transport, facts } = await ready(it, { offlineMs: 60_000 })
    const { instance } = it
    await double.control({ instance, offline: true })
    await vi.waitFor(() =>
      expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'not-connected' }),
    )
    // The page keeps trying: that is no reason to start it anew.
    await transport.ping()
    await double.control({ instance, offline: false })
    const { messageId } = await vi.waitFor(() => transport.send({ chatId, body: 'online' }))
    expect(double.accepted(instance).at(-1)).toMatchObject({ messageId, body: 'online' })
    expect(facts.of('disconnected')).toEqual([])
  })

  it('is started anew when it stays offline', async () => {
    await using it = await account()
    const { facts } = await ready(it, { offlineMs: 500 })
    await double.control({ instance: it.instance, offline: true })
    const { reason, loggedOut } = await facts.next('disconnected')
    expect(reason).toMatch(/no line to WhatsApp/)
    expect(loggedOut).toBeUndefined()
  })

  it('X1: says that the server has refused a message', async () => {
    await using it = await account()
    const { transport } = await ready(it)
    await double.control({ instance: it.instance, refuseRate: 1 })
    await expect(transport.send({ chatId, body: 'x' })).rejects.toMatchObject({ failure: 'refused' })
  })

  it('X2: keeps the order of what is sent at once', async () => {
    await using it = await account()
    const { transport } = await ready(it)
    const bodies = Array.from({ length: 15 }, (_, i) => `message ${i}`)
    const receipts = await Promise.all(bodies.map((body) => transport.send({ chatId, body })))
    expect(double.accepted(it.instance).map((line) => line.body)).toEqual(bodies)
    for (const { messageId } of receipts) expect(double.count(messageId)).toBe(1)
  })

  it('ends when another window takes the session over', async () => {
    await using it = await account()
    const { facts } = await ready(it)
    await double.control({ instance: it.instance, conflict: true })
    expect(await facts.next('disconnected')).toMatchObject({ reason: /conflict/ })
  })

  it('writes to people by their numbers, where the page keeps them under hidden identities', async () => {
    await double.control({ lidChats: true, strictLids: true })
    await using it = await account()
    const { transport, facts } = await ready(it)
    const { instance } = it
    const messageId = transport.drawMessageId!(chatId)
    expect((await transport.send({ chatId, body: 'x', messageId })).messageId).toBe(messageId)
    expect(await facts.next('ack')).toMatchObject({ messageId, ack: 2 })
    expect((await transport.findSent(queryFor(chatId, 'x', { messageId }))).outcome).toBe('found')
    expect((await transport.findSent(queryFor(chatId, 'x', { anchor: null }))).outcome).toBe('found')
    expect(await transport.newestMessageId(chatId)).toBe(messageId)
    await double.deliver({ instance, from: chatId, text: 'answer', lid: true })
    expect((await facts.next('message')).message).toMatchObject({ chatId, from: chatId, body: 'answer' })
    expect(double.accepted(instance)).toMatchObject([{ to: chatId, body: 'x' }])
  })

  it('shows people whose number cannot be had by their hidden identity, and answers them', async () => {
    await using it = await account()
    const { transport, facts } = await ready(it)
    const { instance } = it
    await double.deliver({ instance, from: '201005554443', text: 'who am I', lid: 'hidden' })
    const { message } = await facts.next('message')
    expect(message.chatId).toMatch(/^\d+@lid$/)
    const { messageId } = await transport.send({
      chatId: message.chatId,
      body: 'hello',
      quotedMessageId: message.messageId,
    })
    expect(double.count(messageId)).toBe(1)
  })

  it('knows its own messages in groups, whichever of its names they carry there', async () => {
    await using it = await account()
    const { instance } = it
    const group = '120363000000000001@g.us'
    await double.group({ id: group, subject: 'Hidden', members: [instance, '201001234567'], lidMode: true })
    const { transport, facts } = await ready(it)
    await double.deliver({ instance, from: '201001234567', text: 'welcome', group })
    expect((await facts.next('message')).message).toMatchObject({ chatId: group, isGroup: true })
    const messageId = transport.drawMessageId!(group)
    expect((await transport.send({ chatId: group, body: 'x', messageId })).messageId).toBe(messageId)
    expect(double.accepted(instance)).toMatchObject([{ to: group, messageId: expect.stringMatching(/@lid$/) }])
    expect(await transport.findSent(queryFor(group, 'x', { messageId }))).toMatchObject({
      outcome: 'found',
      matches: [{ messageId }],
    })
  })

  it('starts a page anew that holds on to a send, and does not call absent what may still come', async () => {
    await using it = await account()
    const { transport, facts } = await ready(it, { textMs: 500 })
    const { instance } = it
    await double.control({ instance, dropAnswerRate: 1 })
    const messageId = transport.drawMessageId!(chatId)
    await expect(transport.send({ chatId, body: 'x', messageId })).rejects.toMatchObject({ failure: 'unknown' })
    const other = transport.drawMessageId!(chatId)
    expect(await transport.findSent(queryFor(chatId, 'y', { messageId: other }))).toMatchObject({
      outcome: 'inconclusive',
    })
    await expect(transport.send({ chatId, body: 'y' })).rejects.toMatchObject({ failure: 'not-connected' })
    expect((await facts.next('disconnected')).reason).toMatch(/the page hangs/)
    expect(double.count(messageId)).toBe(1)
    expect(double.accepted(instance)).toHaveLength(1)
  })

  it('is a loss for the breaker when it is given up because it does not answer, and none when somebody stops it', async () => {
    await using it = await account()
    const shared = sharedFor(double, { breaker: { failures: 1 }, limits: { lookMs: 500 } })
    const first = await it.ready(linking(double, shared))
    await first.transport.ping()
    await first.transport.stop()
    const second = await it.ready(waiting(shared))
    await double.control({ instance: it.instance, freezeMs: 3_000 })
    await expect(second.transport.ping()).rejects.toMatchObject({ failure: 'unknown' })
    await second.transport.stop()
    const third = it.prepare(waiting(shared)).transport
    await expect(third.start()).rejects.toThrow(/too many connections were lost.*does not answer any more/)
  })

  it('says what it is when the page has lost a part', async () => {
    await double.control({ missingModules: ['WAWebSendMsgChatAction'] })
    await using it = await account()
    const { transport } = await ready(it)
    const sent = transport.send({ chatId, body: 'x' })
    await expect(sent).rejects.toMatchObject({
      failure: 'unknown',
      message: expect.stringMatching(/WhatsApp changed its page/),
    })
  })

  it('quotes and mentions', async () => {
    await using it = await account()
    const { transport, facts } = await ready(it)
    const { instance } = it
    await double.deliver({ instance, from: chatId, text: 'question' })
    const { message } = await facts.next('message')
    await transport.send({ chatId, body: 'answer', quotedMessageId: message.messageId, mentionedIds: [chatId] })
    expect(double.accepted(instance)).toMatchObject([{ quoted: message.messageId.split('_')[2], mentioned: [chatId] }])
    const lost = transport.send({ chatId, body: 'x', quotedMessageId: `false_${chatId}_3EB0NOTHERE` })
    await expect(lost).rejects.toMatchObject({ failure: 'refused' })
  })

  it('sends no file that is too large, and tells what it takes of the machine', async () => {
    await using it = await account()
    const { transport } = await ready(it, { mediaBytes: 1_000 })
    const media = { kind: 'document', mimeType: 'application/pdf', data: new Uint8Array(1_001) } as const
    await expect(transport.send({ chatId, body: '', media })).rejects.toMatchObject({ failure: 'refused' })
    expect(double.accepted(it.instance)).toEqual([])
    const usage = await transport.usage!()
    expect(usage?.processes).toBeGreaterThan(2)
    expect(usage?.memoryBytes).toBeGreaterThan(20_000_000)
  })
})
