import { bodyHash, type OutgoingCard } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { send, virtualRig } from '../fixtures/virtual-rig.ts'
import type { Operation } from './operations.ts'

const mona = '201001234567@c.us'
const id = `true_${mona}_X`
const act = (action: Extract<Operation, { do: 'act' }>['action']): Operation => ({ do: 'act', action })
const edit = (body: string) => act({ do: 'edit', messageId: id, body })
const find = (messageId?: string): Operation => ({
  ...{ do: 'find', chatId: mona, bodyHash: bodyHash('hello'), notBefore: 0 },
  ...(messageId === undefined ? { anchor: null } : { messageId }),
})

/** An account that has sent one message. */
async function sent() {
  const rig = virtualRig({ ackDelayMs: 0 })
  const line = await rig.ready('a')
  line.ask(send(mona, 'hello', id))
  await rig.clock.advance(0)
  return { ...rig, line, chat: () => rig.network.chat('a', mona, 10).items }
}

describe('what is done to messages', () => {
  it('shows in the chat', async () => {
    const { line, network, chat } = await sent()
    line.ask(act({ do: 'react', messageId: id, emoji: '👍' }))
    network.phone({ instance: 'a', react: { messageId: id, emoji: '🎉', from: mona } })
    line.ask(edit('hello there'))
    const { number } = network.phones()[0]!
    expect(chat()).toMatchObject([
      {
        ...{ body: 'hello there', edited: true, deleted: false },
        reactions: [
          { from: `${number}@c.us`, emoji: '👍' },
          { from: mona, emoji: '🎉' },
        ],
      },
    ])
    line.ask(act({ do: 'react', messageId: id, emoji: '' }))
    expect(chat()[0]!.reactions).toHaveLength(1)
    line.ask(act({ do: 'delete', messageId: id, forEveryone: true }))
    expect(chat()).toMatchObject([{ body: '', deleted: true }])
    // Only what others do is news to the page.
    expect(line.facts.slice(2).filter((it) => it.type !== 'ack')).toMatchObject([{ type: 'reaction', from: mona }])
  })

  it('is not possible before it has left, once it is gone, or when it is too late', async () => {
    const { clock, line, network } = await sent()
    const refused = (operation: Operation) =>
      expect(line.ask(operation).outcome, JSON.stringify(operation)).toMatchObject({ failure: 'refused' })
    await clock.advance(15 * 60_000)
    expect(line.ask(edit('just in time')).outcome).toEqual({ ok: null })
    await clock.advance(1)
    refused(edit('too late'))
    await clock.advance(60 * 3_600_000)
    refused(act({ do: 'delete', messageId: id, forEveryone: true }))
    network.control({ latencyMs: 100 })
    line.ask(send(mona, 'slow', `true_${mona}_Y`))
    for (const forEveryone of [true, false]) refused(act({ do: 'delete', messageId: `true_${mona}_Y`, forEveryone }))
    await clock.advance(101)
    expect(line.ask(act({ do: 'delete', messageId: `true_${mona}_Y`, forEveryone: true })).outcome).toEqual({
      ok: null,
    })
    refused(act({ do: 'react', messageId: `true_${mona}_Y`, emoji: '👍' }))
    refused({ do: 'send', chatId: mona, body: 'slow', forwardOf: `true_${mona}_Y` })
    for (const nowhere of ['X', 'true_nobody_X', `true_${mona}_Z`])
      refused(act({ do: 'react', messageId: nowhere, emoji: '👍' }))
    network.control({ restrict: true })
    expect(line.ask(act({ do: 'seen', chatId: mona })).outcome).toMatchObject({ failure: 'restricted' })
  })

  it('leaves the proof of what was sent as it was', async () => {
    const { line, chat } = await sent()
    line.ask(edit('changed'))
    expect(line.ask(find()).outcome).toMatchObject({ ok: { outcome: 'found' } })
    line.ask(act({ do: 'delete', messageId: id, forEveryone: true }))
    expect(line.ask(find()).outcome).toMatchObject({ ok: { outcome: 'found' } })
    line.ask(act({ do: 'delete', messageId: id, forEveryone: false }))
    expect(chat()).toEqual([])
    // It is gone from this phone: that is no proof that it was never sent.
    expect(line.ask(find(id)).outcome).toMatchObject({ ok: { outcome: 'inconclusive' } })
    expect(line.ask(find()).outcome).toMatchObject({ ok: { outcome: 'inconclusive' } })
  })

  it('waits for a page that is away', async () => {
    const { line, network, ready, clock } = await sent()
    const pairing = line.facts.find((it) => it.type === 'ready')!.pairing
    line.session.close()
    network.phone({ instance: 'a', react: { messageId: id, emoji: '👍', from: mona } })
    const next = await ready('a', pairing)
    await clock.advance(0)
    expect(next.facts).toContainEqual(expect.objectContaining({ type: 'reaction', messageId: id, emoji: '👍' }))
  })

  it('is the business of who wrote it', async () => {
    const { line, network } = await sent()
    const group = '120363041234567890@g.us'
    const { messageId } = network.deliver({ instance: 'a', from: mona, group, text: 'all' })
    network.phone({ instance: 'a', edit: { messageId, text: 'all of you' } })
    network.phone({ instance: 'a', delete: { messageId: id } })
    expect(line.facts.filter((it) => it.type === 'edited' || it.type === 'deleted')).toMatchObject([
      { chatId: group, from: mona, body: 'all of you' },
      { chatId: mona, from: `${network.phones()[0]!.number}@c.us` },
    ])
  })
})

describe('people and phones', () => {
  it('cannot do what makes no sense', async () => {
    const { network, line, clock } = await sent()
    const card: OutgoingCard = { kind: 'poll', question: 'When?', options: ['Today', 'Later'], multiple: false }
    line.ask({ do: 'send', chatId: mona, body: 'When?\nToday\nLater', card, messageId: `true_${mona}_P` })
    await clock.advance(0)
    const instance = 'a'
    const vote = (messageId: string, option: string) =>
      network.phone({ instance, vote: { messageId, options: [option], from: mona } })
    expect(() => vote(`true_${mona}_P`, 'Never')).toThrow(/'Never' is not an option/)
    expect(() => vote(id, 'Today')).toThrow(/is not an option/)
    expect(() => vote('nothing', 'Today')).toThrow(/has no message 'nothing'/)
    expect(() => network.phone({ instance, write: { to: 'Mona', text: 'x' } })).toThrow(/neither a phone number/)
    vote(`true_${mona}_P`, 'Later')
    expect(network.chat('a', mona, 10).items.at(-1)).toMatchObject({ votes: [{ from: mona, options: ['Later'] }] })
    vote(`true_${mona}_P`, 'Today')
    network.phone({ instance, vote: { messageId: `true_${mona}_P`, options: [], from: mona } })
    expect(network.chat('a', mona, 10).items.at(-1)!.votes).toEqual([])
  })

  it('see what was not read yet, and who is typing', async () => {
    const { network, line } = await sent()
    network.deliver({ instance: 'a', from: mona, text: 'one' })
    network.deliver({ instance: 'a', from: mona, text: 'two' })
    expect(network.chats('a', 1)).toMatchObject([{ unread: 2 }])
    line.ask(act({ do: 'seen', chatId: mona }))
    expect(network.chats('a', 1)).toMatchObject([{ unread: 0 }])
    line.ask(act({ do: 'typing', chatId: mona, state: 'recording' }))
    expect(network.chat('a', mona, 1).typing).toBe('recording')
    line.ask(act({ do: 'typing', chatId: mona, state: 'paused' }))
    expect(network.chat('a', mona, 1).typing).toBeNull()
    expect(line.ask(act({ do: 'seen', chatId: '12@c.us' })).outcome).toMatchObject({ failure: 'invalid-number' })
  })

  it('reach the phone that a phone writes to, which tells two messages with one id apart', async () => {
    const { clock, network, ready } = virtualRig()
    const [one, other] = [await ready('one'), await ready('other')]
    const [from, to] = network.phones().map((it) => it.number)
    network.phone({ instance: 'one', write: { to: to!, text: 'by hand' } })
    for (let i = 0; i < 2; i++) one.ask(send(`${to}@c.us`, 'twice', `true_${to}@c.us_SAME`))
    await clock.advance(0)
    const got = other.facts.flatMap((it) => (it.type === 'message' ? [it.message] : []))
    expect(got.map((it) => [it.from, it.body])).toEqual([
      [`${from}@c.us`, 'by hand'],
      [`${from}@c.us`, 'twice'],
      [`${from}@c.us`, 'twice'],
    ])
    expect(new Set(got.map((it) => it.messageId)).size).toBe(3)
  })
})
