import { bodyHash } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { send, virtualRig } from '../fixtures/virtual-rig.ts'

const mona = '201001234567@c.us'
const find = (body: string) => {
  const hash = bodyHash(body)
  return { do: 'find', chatId: mona, bodyHash: hash, anchor: null, notBefore: 0 } as const
}

describe('linking', () => {
  it('shows a new QR every 20 seconds, and takes only the one on show', async () => {
    const { clock, network, open } = virtualRig()
    const { facts } = open('a', null, false)
    await clock.advance(45_000)
    const codes = facts.map((it) => it.type === 'qr' && it.qr)
    expect(new Set(codes).size).toBe(3)
    expect(() => network.scan({ instance: 'a', qr: String(codes[0]) })).toThrow(/newer QR/)
    network.scan({ instance: 'a', qr: String(codes[2]) })
    await clock.advance(60_000)
    expect(facts.slice(3).map((it) => it.type)).toEqual(['authenticated', 'ready'])
  })

  it('by a code stops the QR, and takes that code only', async () => {
    const { clock, network, open } = virtualRig()
    const line = open('a', null, false)
    await clock.advance(0)
    const { outcome } = line.ask({ do: 'code', phoneNumber: '+20 100 765 4321' })
    const code = outcome && 'ok' in outcome ? String(outcome.ok) : ''
    await clock.advance(60_000)
    expect(line.facts.map((it) => it.type)).toEqual(['qr', 'pairing-code'])
    expect(() => network.scan({ instance: 'a', code: 'AAAA-AAAA' })).toThrow(/does not show/)
    expect(network.scan({ instance: 'a', code: code.toLowerCase() })).toEqual({ number: '201007654321' })
    expect(line.ask({ do: 'code', phoneNumber: '201007654321' }).outcome).toMatchObject({ failure: 'refused' })
  })

  it('needs a number for a code, and something on show for a scan', async () => {
    const { clock, network, open } = virtualRig()
    const line = open('a', null, false)
    await clock.advance(0)
    expect(line.ask({ do: 'code', phoneNumber: 'nobody' }).outcome).toMatchObject({ failure: 'invalid-number' })
    expect(() => network.scan({ instance: 'a', code: 'AAAA-AAAA' })).toThrow(/does not show/)
    line.session.close()
    expect(() => network.scan({ instance: 'a' })).toThrow(/nothing to scan/)
    expect(() => network.scan({ instance: 'b' })).toThrow(/no phone for instance 'b': the network knows 'a'/)
  })

  it('starts anew where the account remembers a pairing that no longer stands', async () => {
    const { ready } = virtualRig()
    const first = await ready('a')
    const second = await ready('a', 'a.0.of-another-network')
    expect(second.pairing).not.toBe(first.pairing)
    expect((await ready('a', second.pairing)).pairing).toBe(second.pairing)
  })

  it('gives every phone a number of its own', async () => {
    const { ready, network } = virtualRig()
    for (const instance of ['a', 'b', 'c']) await ready(instance)
    expect(new Set(network.phones().map((it) => it.number)).size).toBe(3)
  })
})

describe('a message on its way', () => {
  it('waits in the outbox, is accepted, delivered and read, each when it is due', async () => {
    const { clock, log, network, ready } = virtualRig({ latencyMs: 100, ackDelayMs: 1_000 })
    const line = await ready('a')
    const sent = line.ask(send(mona, 'hello', `true_${mona}_X`))
    expect(line.ask(find('hello')).outcome).toMatchObject({ ok: { outcome: 'found', matches: [{ ack: 0 }] } })
    await clock.advance(99)
    expect(sent.outcome).toBeUndefined()
    expect(network.phones()).toMatchObject([{ pending: 1, accepted: 0 }])
    await clock.advance(1)
    await clock.advance(0)
    expect(sent.outcome).toMatchObject({ ok: { messageId: `true_${mona}_X`, ack: 1 } })
    expect(log.entries).toMatchObject([{ time: new Date(clock.now()).toISOString(), to: mona, body: 'hello' }])
    await clock.advance(999)
    expect(line.facts.slice(2)).toEqual([])
    await clock.advance(1)
    expect(line.facts.slice(2)).toMatchObject([{ ack: 2 }])
    await clock.advance(1_000)
    expect(line.facts.slice(2)).toMatchObject([{ ack: 2 }, { ack: 3 }])
    expect(network.phones()).toMatchObject([{ pending: 0, accepted: 1 }])
  })

  it('keeps the fields of the log in their order', async () => {
    const { clock, log, ready } = virtualRig()
    const line = await ready('a')
    const media = { kind: 'image', sha256: 'a'.repeat(64), mimeType: 'image/png', bytes: 1 } as const
    line.ask({ do: 'send', chatId: mona, body: 'x', media })
    line.ask(send(mona, 'y'))
    await clock.advance(0)
    const fields = ['time', 'instance', 'to', 'messageId', 'bodyHash', 'body']
    expect(log.entries.map((it) => Object.keys(it))).toEqual([[...fields, 'kind'], fields])
    expect(log.entries[0]!.bodyHash).toBe(bodyHash('x', { sha256: 'a'.repeat(64) }))
  })

  it('is refused when the network cannot write it down, and leaves no trace', async () => {
    const { clock, log, network, ready } = virtualRig()
    const line = await ready('a')
    log.full = true
    const sent = line.ask(send(mona, 'x'))
    await clock.advance(0)
    expect(sent.outcome).toMatchObject({ failure: 'refused', message: expect.stringContaining('no space left') })
    expect(line.ask(find('x')).outcome).toEqual({ ok: { outcome: 'absent' } })
    expect(network.phones()).toMatchObject([{ pending: 0, accepted: 0 }])
    log.full = false
    const again = line.ask(send(mona, 'x'))
    await clock.advance(0)
    expect(again.outcome).toHaveProperty('ok')
  })

  it('goes to a person under the hidden number as well, and to groups', async () => {
    const { clock, log, ready } = virtualRig()
    const line = await ready('a')
    line.ask(send('712798998765432@lid', 'x'))
    line.ask(send('120363041234567890@g.us', 'all'))
    await clock.advance(0)
    expect(log.entries.map((it) => it.to)).toEqual(['201001234567@c.us', '120363041234567890@g.us'])
  })

  it('does not go to a number that nobody has', async () => {
    const { clock, log, network, ready } = virtualRig({}, { unregistered: ['201001234567'] })
    const line = await ready('a')
    expect(line.ask(send(mona, 'x')).outcome).toMatchObject({ failure: 'invalid-number' })
    expect(line.ask({ do: 'resolve', chatId: mona }).outcome).toEqual({ ok: null })
    expect(() => network.deliver({ instance: 'a', from: mona, text: 'x' })).toThrow(/not a person on WhatsApp/)
    await clock.advance(0)
    expect(log.entries).toEqual([])
  })

  it('reaches another phone of the same network', async () => {
    const { clock, network, ready } = virtualRig()
    const a = await ready('a')
    const b = await ready('b')
    const [from, to] = network.phones().map((it) => `${it.number}@c.us`)
    a.ask(send(to!, 'from a to b'))
    await clock.advance(0)
    expect(b.facts.at(-1)).toMatchObject({ type: 'message', message: { chatId: from, body: 'from a to b' } })
    expect(network.chat('b', from!, 10).items).toMatchObject([{ fromMe: false, body: 'from a to b' }])
  })

  it('is answered by people who answer, after a while', async () => {
    const { clock, network, ready } = virtualRig({}, { answer: { text: 'شكرا', rate: 1, delayMs: 500 } })
    const line = await ready('a')
    line.ask(send(mona, 'hello'))
    line.ask(send('120363041234567890@g.us', 'groups do not answer'))
    await clock.advance(499)
    expect(line.facts.filter((it) => it.type === 'message')).toEqual([])
    await clock.advance(1)
    expect(line.facts.filter((it) => it.type === 'message')).toMatchObject([
      { message: { body: 'شكرا', chatId: mona } },
    ])
    expect(network.phones()).toMatchObject([{ received: 1 }])
  })
})

describe('faults', () => {
  it('hit the share of messages that was asked for, and the same ones with the same seed, in any order', async () => {
    const run = async (order: 'up' | 'down') => {
      const { clock, log, ready } = virtualRig({ refuseRate: 0.3, dropAnswerRate: 0.2, dropAckRate: 0.1, seed: 'four' })
      const line = await ready('a')
      const chats = Array.from({ length: 500 }, (_, i) => `${201_000_000_000 + i}@c.us`)
      const asked = new Map((order === 'up' ? chats : chats.toReversed()).map((it) => [it, line.ask(send(it, 'x'))]))
      await clock.advance(1_000)
      const fates = chats.map((it) => {
        const { outcome } = asked.get(it)!
        if (!outcome) return 'silent'
        return 'failure' in outcome ? outcome.failure : `ack ${(outcome.ok as { ack: number }).ack}`
      })
      return { fates, accepted: log.entries.map((it) => it.to).sort() }
    }
    const up = await run('up')
    expect(await run('down')).toEqual(up)
    const count = (fate: string) => up.fates.filter((it) => it === fate).length
    expect(count('refused')).toBeGreaterThan(100)
    expect(count('refused')).toBeLessThan(200)
    expect(count('silent')).toBeGreaterThan(30)
    expect(count('ack 0')).toBeGreaterThan(10)
    expect(up.accepted.length).toBe(500 - count('refused'))
  })

  it('start again from the first draw with a seed', async () => {
    const { clock, network, ready } = virtualRig({ refuseRate: 0.5 })
    const line = await ready('a')
    const run = async () => {
      network.control({ seed: 7 })
      const asked = Array.from({ length: 40 }, () => line.ask(send(mona, 'x')))
      await clock.advance(0)
      return asked.map((it) => 'failure' in it.outcome!)
    }
    const first = await run()
    expect(new Set(first).size).toBe(2)
    expect(await run()).toEqual(first)
  })

  it('of one account leave the others alone', async () => {
    const { clock, network, ready } = virtualRig()
    const [a, b] = [await ready('a'), await ready('b')]
    expect(network.control({ instance: 'a', refuseRate: 1 })).toMatchObject({
      instance: 'a',
      behaviour: { refuseRate: 1 },
    })
    const [mine, yours] = [a.ask(send(mona, 'x')), b.ask(send(mona, 'x'))]
    await clock.advance(0)
    expect(mine.outcome).toHaveProperty('failure', 'refused')
    expect(yours.outcome).toHaveProperty('ok')
  })

  it('can be set for an account before it connects', async () => {
    const { ready, network } = virtualRig()
    network.control({ instance: 'later', restrict: 'spam' })
    const line = await ready('later')
    expect(line.facts.at(-1)).toEqual({ type: 'restricted', reason: 'spam' })
  })

  it('a disconnect for a while keeps the account away so long, and its outbox as well', async () => {
    const { clock, log, network, open, ready } = virtualRig({ latencyMs: 100 })
    const first = await ready('a')
    first.ask(send(mona, 'on its way'))
    await clock.advance(50)
    network.control({ disconnect: 5_000 })
    expect(first.facts.at(-1)).toMatchObject({ type: 'disconnected' })
    const second = open('a', first.pairing)
    await clock.advance(4_900)
    expect(second.facts).toEqual([])
    expect(log.entries).toEqual([])
    await clock.advance(100)
    await clock.advance(0)
    expect(second.facts.map((it) => it.type).slice(0, 2)).toEqual(['authenticated', 'ready'])
    expect(log.entries).toHaveLength(1)
  })

  it('a disconnect for a while holds for phones that come later, and can be ended', async () => {
    const { clock, network, open } = virtualRig()
    network.control({ disconnect: 5_000 })
    const line = open('a')
    await clock.advance(1_000)
    expect(line.facts).toEqual([])
    network.control({ disconnect: false })
    expect(line.facts.map((it) => it.type)).toEqual(['authenticated', 'ready'])
    network.control({ instance: 'b', disconnect: 60_000 })
    const other = open('b')
    await clock.advance(999)
    expect(other.facts).toEqual([])
    network.control({ disconnect: false })
    expect(other.facts).toHaveLength(2)
  })

  it('a page that hangs takes up where it stopped', async () => {
    const { clock, log, network, ready } = virtualRig({ latencyMs: 10, ackDelayMs: 10 })
    const line = await ready('a')
    line.ask(send(mona, 'before'))
    network.control({ hang: true })
    const held = line.ask(send(mona, 'while'))
    network.deliver({ instance: 'a', from: mona, text: 'hello?' })
    await clock.advance(60_000)
    expect([line.facts.length, log.entries.length, held.outcome]).toEqual([2, 0, undefined])
    network.control({ hang: false })
    await clock.advance(100)
    expect(log.entries.map((it) => it.body)).toEqual(['before', 'while'])
    expect(held.outcome).toHaveProperty('ok')
    expect(line.facts.slice(2).map((it) => it.type)).toEqual(['message', 'ack', 'ack', 'ack', 'ack'])
  })

  it('what a hanging page was asked for dies with its session', async () => {
    const { clock, log, network, ready } = virtualRig()
    const line = await ready('a')
    network.control({ hang: true })
    const held = line.ask(send(mona, 'x'))
    line.session.close()
    network.control({ hang: false })
    await clock.advance(1_000)
    expect([log.entries, held.outcome]).toEqual([[], undefined])
    expect(line.facts).toHaveLength(2)
  })

  it('what a hanging page was to be told waits for the next session', async () => {
    const { clock, network, ready } = virtualRig()
    const first = await ready('a')
    network.control({ hang: true })
    network.deliver({ instance: 'a', from: mona, text: 'hello?' })
    await clock.advance(0)
    network.control({ disconnect: true })
    network.control({ hang: false })
    expect(first.facts.map((it) => it.type)).toEqual(['authenticated', 'ready', 'disconnected'])
    const second = await ready('a', first.pairing)
    expect(second.facts.at(-1)).toMatchObject({ type: 'message', message: { body: 'hello?' } })
  })

  it('an account that hangs from the start comes up when it no longer does', async () => {
    const { clock, network, open } = virtualRig({ hang: true })
    const line = open('a')
    const ping = line.ask({ do: 'ping' })
    await clock.advance(60_000)
    expect([line.facts, ping.outcome]).toEqual([[], undefined])
    network.control({ hang: false })
    expect(ping.outcome).toEqual({ ok: null })
    expect(line.facts.map((it) => it.type)).toEqual(['authenticated', 'ready'])
  })

  it('a restriction turns back what the page still holds', async () => {
    const { clock, log, network, ready } = virtualRig({ latencyMs: 100 })
    const line = await ready('a')
    const sent = line.ask(send(mona, 'x'))
    network.control({ restrict: true })
    await clock.advance(1_000)
    expect(sent.outcome).toMatchObject({ failure: 'restricted' })
    expect(line.facts.slice(2)).toMatchObject([{ type: 'restricted' }, { type: 'ack', ack: -1 }])
    expect(line.ask(find('x')).outcome).toMatchObject({ ok: { outcome: 'found', matches: [{ ack: -1 }] } })
    expect(log.entries).toEqual([])
  })

  it('a page that is unlinked takes its outbox with it', async () => {
    const { clock, log, network, ready } = virtualRig({ latencyMs: 100 })
    const line = await ready('a')
    line.ask(send(mona, 'x'))
    network.control({ logout: true })
    expect(line.facts.at(-1)).toMatchObject({ type: 'disconnected', loggedOut: true })
    expect(network.phones()).toMatchObject([{ state: 'unpaired', pending: 0, connected: false }])
    await ready('a')
    await clock.advance(1_000)
    expect(log.entries).toEqual([])
    expect(network.chat('a', mona, 10).items).toEqual([])
  })

  it('acknowledgements of a page that is away wait for it', async () => {
    const { clock, ready } = virtualRig({ latencyMs: 100, ackDelayMs: 10 })
    const first = await ready('a')
    first.ask(send(mona, 'x', `true_${mona}_X`))
    first.session.close()
    await clock.advance(1_000)
    const second = await ready('a', first.pairing)
    expect(second.facts.slice(2)).toEqual([{ type: 'ack', messageId: `true_${mona}_X`, ack: 3 }])
    const third = await ready('a', first.pairing)
    expect(third.facts).toHaveLength(2)
  })

  it('a clock that is set moves the times, and no delay', async () => {
    const { clock, log, network, ready } = virtualRig({ latencyMs: 1_000 })
    const line = await ready('a')
    const sent = line.ask(send(mona, 'x'))
    network.control({ instance: 'a', clock: -3_600_000 })
    await clock.advance(1_000)
    await clock.advance(0)
    expect(log.entries.map((it) => it.time)).toEqual([new Date(clock.now() - 3_600_000).toISOString()])
    expect(sent.outcome).toMatchObject({ ok: { timestamp: clock.now() - 3_600_000 } })
  })
})

describe('people who write', () => {
  it('write in groups as well', async () => {
    const { network, ready } = virtualRig()
    const line = await ready('a')
    const group = '120363041234567890@g.us'
    network.deliver({ instance: 'a', from: '+20 100 123 4567', text: 'hi', group, quotedMessageId: 'q' })
    expect(line.facts.at(-1)).toMatchObject({
      message: { chatId: group, from: group, author: mona, isGroup: true, quotedMessageId: 'q' },
    })
    expect(network.chats('a', 10)).toMatchObject([{ chatId: group, newest: { author: mona } }])
  })

  it('must exist, and know whom they write to', async () => {
    const { network, ready } = virtualRig()
    expect(() => network.deliver({ instance: 'a', from: mona, text: 'x' })).toThrow(/no account has connected/)
    await ready('a')
    for (const wrong of [
      { from: 'nobody' },
      { from: '1@g.us' },
      { from: '120363041234567890@g.us' },
      { group: mona },
      { group: 'x' },
    ]) {
      expect(() => network.deliver({ instance: 'a', from: mona, text: 'x', ...wrong })).toThrow(
        /WhatsApp|group|chat id/,
      )
    }
  })

  it('are not news to an account that is linked later', async () => {
    const { network, ready } = virtualRig()
    const first = await ready('a')
    first.session.close()
    network.deliver({ instance: 'a', from: mona, text: 'missed' })
    const second = await ready('a')
    expect(second.facts.map((it) => it.type)).toEqual(['authenticated', 'ready'])
    expect(network.chat('a', mona, 10).items).toHaveLength(1)
  })

  it('are told to whoever looks after the network when they cannot be written down', async () => {
    const problems: string[] = []
    const { clock, log, ready } = virtualRig(
      {},
      { answer: { text: 'y', rate: 1, delayMs: 1 }, onProblem: (it) => problems.push(it) },
    )
    const line = await ready('a')
    Object.assign(log, {
      received() {
        throw new Error('disk full')
      },
    })
    line.ask(send(mona, 'x'))
    await clock.advance(10)
    expect(problems).toEqual(['disk full'])
    expect(line.facts.filter((it) => it.type === 'message')).toEqual([])
  })
})

describe('a network that closes', () => {
  it('accepts nothing any more, not even what came a moment ago', async () => {
    const { clock, log, network, ready } = virtualRig()
    const line = await ready('a')
    line.ask(send(mona, 'x'))
    network.close()
    await clock.advance(0)
    expect(log.entries).toEqual([])
  })

  it('drops its sessions, and nothing happens any more', async () => {
    const { clock, log, network, ready } = virtualRig({ latencyMs: 100 })
    const line = await ready('a')
    const sent = line.ask(send(mona, 'x'))
    network.close()
    expect(line.facts.at(-1)).toMatchObject({ type: 'disconnected' })
    await clock.advance(1_000)
    expect([log.entries, sent.outcome]).toEqual([[], undefined])
  })
})
