import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SentQuery, Transport } from '@waqtor/contracts'
import { snapshot } from '@waqtor/kernel/testing'
import { Account, queryFor } from '@waqtor/transport-suite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LocalAccess } from './local-access.ts'
import { wellBehaved } from './network/behaviour.ts'
import { systemClock } from './network/clock.ts'
import { SimulatorTransport } from './transport.ts'

const chatId = '201001234567@c.us'
const lives: LocalAccess[] = []
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-local-'))
})
afterEach(async () => {
  for (const life of lives.splice(0)) life.close()
  await rm(directory, { recursive: true, force: true })
})

/** A network that begins anew, as in a process that was killed and started again. */
function life(historyLimit = 1_000) {
  const behaviour = { ...wellBehaved('local'), ackDelayMs: 60_000 }
  const access = new LocalAccess({ clock: systemClock, identity: `life ${lives.length}`, behaviour, historyLimit })
  lives.push(access)
  const rest = { autoPair: true, preDrawnIds: true, absentAfterMs: 1_000, answerTimeoutMs: 5_000 }
  const options = { access, clock: systemClock, ...rest }
  return {
    access,
    kind: 'simulator',
    create: (setup: ConstructorParameters<typeof SimulatorTransport>[1]) => new SimulatorTransport(options, setup),
  }
}

describe('a network inside the process', () => {
  it('remembers its phones, pairings and chats over a restart of the process', async () => {
    await using account = await Account.create('default')
    const before = await account.start(life())
    const { pairing, info } = await before.facts.next('ready')
    const { messageId } = await before.transport.send({ chatId, body: 'one' })

    const again = life()
    const after = await account.start(again)
    expect(await after.facts.next('ready')).toMatchObject({ pairing, info })
    expect(await after.transport.newestMessageId(chatId)).toBe(messageId)
    expect(await after.transport.findSent(queryFor(chatId, 'one', { anchor: null }))).toMatchObject({
      outcome: 'found',
    })
    expect((await again.access.chats('default', 10)).items).toMatchObject([{ chatId }])
    // Its page may have missed what came in between.
    expect(await after.facts.next('ack')).toEqual({ type: 'ack', messageId, ack: 3 })
  })

  it('remembers what was done to messages, and that one was deleted', async () => {
    await using account = await Account.create('default')
    const before = life()
    const { transport } = await account.ready(before)
    const ids: string[] = []
    for (const body of ['one', 'two', 'three']) ids.push((await transport.send({ chatId, body })).messageId)
    const card = { kind: 'poll' as const, question: 'When?', options: ['Today', 'Later'], multiple: false }
    const { messageId: poll } = await transport.send({ chatId, body: 'When?\nToday\nLater', card })
    await transport.act!({ do: 'edit', messageId: ids[0]!, body: 'first' })
    await transport.act!({ do: 'delete', messageId: ids[1]!, forEveryone: true })
    await transport.act!({ do: 'delete', messageId: ids[2]!, forEveryone: false })
    const instance = 'default'
    await before.access.phone({ instance, react: { messageId: ids[0]!, emoji: '👍', from: chatId } })
    await before.access.phone({ instance, vote: { messageId: poll, options: ['Later'], from: chatId } })
    await before.access.phone({ instance, write: { to: chatId, text: 'by hand' } })

    const again = life()
    await account.ready(again)
    const { items } = await again.access.chat('default', chatId, 10)
    expect(items).toMatchObject([
      { body: 'first', edited: true, reactions: [{ from: chatId, emoji: '👍' }] },
      { body: '', deleted: true },
      { kind: 'poll', votes: [{ from: chatId, options: ['Later'] }] },
      { body: 'by hand', fromMe: true, ack: 3 },
    ])
  })

  it('draws other ids in its next life', async () => {
    await using account = await Account.create('default')
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      const { transport } = await account.ready(life())
      ids.push((await transport.send({ chatId, body: 'same' })).messageId)
    }
    expect(new Set(ids).size).toBe(3)
  })

  it('does not take what it has forgotten for what never was', async () => {
    await using account = await Account.create('default')
    const { transport, facts } = await account.ready(life(10))
    expect(facts.of('ready')).toHaveLength(1)
    const messageId = transport.drawMessageId!('201000000000@c.us')
    await transport.send({ chatId: '201000000000@c.us', body: 'x', messageId })
    for (let i = 1; i < 30; i++) await transport.send({ chatId: `${201_000_000_000 + i}@c.us`, body: 'x' })
    const look = async (it: Transport, more: Partial<SentQuery>) =>
      (await it.findSent(queryFor('201000000000@c.us', 'x', more))).outcome
    expect(await look(transport, { anchor: null })).toBe('inconclusive')
    expect(await look(transport, { messageId })).toBe('inconclusive')
    // As long as it lives, it knows the ids of what it has forgotten.
    const never = transport.drawMessageId!('201000000000@c.us')
    expect(await look(transport, { messageId: never })).toBe('absent')
    const next = await account.ready(life(10))
    expect(await look(next.transport, { anchor: null })).toBe('inconclusive')
    expect(await look(next.transport, { messageId: never })).toBe('inconclusive')
  })

  it('keeps no file open for an account that was stopped', async () => {
    await using account = await Account.create('default')
    const { transport } = await account.ready(life())
    await transport.send({ chatId, body: 'x' })
    await transport.stop()
    expect(snapshot().files.filter((it) => it.startsWith(account.directory))).toEqual([])
  })
})
