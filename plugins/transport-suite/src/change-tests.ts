import { cardText, type MessageAction, type OutgoingCard } from '@waqtor/contracts'
import { expect, it } from 'vitest'
import type { Stage } from './transport-suite.ts'

const chatId = '201001234567@c.us'

export function changeTests(stage: Stage): void {
  it('changes messages for both sides of a chat', async () => {
    await using one = await stage.account()
    await using other = await stage.account()
    const mona = await one.start(stage.world.provider)
    const nour = await other.start(stage.world.provider)
    const monaId = `${(await mona.facts.next('ready')).info.phoneNumber}@c.us`
    const nourId = `${(await nour.facts.next('ready')).info.phoneNumber}@c.us`

    const { messageId } = await mona.transport.send({ chatId: nourId, body: 'Helo' })
    const { message } = await nour.facts.next('message')
    expect(message).toMatchObject({ chatId: monaId, from: monaId, body: 'Helo' })

    await nour.transport.act!({ do: 'seen', chatId: monaId })
    await nour.transport.act!({ do: 'typing', chatId: monaId, state: 'typing' })
    await nour.transport.act!({ do: 'typing', chatId: monaId, state: 'paused' })
    for (const emoji of ['👍', '']) {
      await nour.transport.act!({ do: 'react', messageId: message.messageId, emoji })
      expect(await mona.facts.next('reaction')).toMatchObject({ messageId, chatId: nourId, from: nourId, emoji })
    }
    await mona.transport.act!({ do: 'edit', messageId, body: 'Hello' })
    const seenBy = { messageId: message.messageId, chatId: monaId, from: monaId }
    expect(await nour.facts.next('edited')).toMatchObject({ ...seenBy, body: 'Hello' })
    await mona.transport.act!({ do: 'delete', messageId, forEveryone: true })
    expect(await nour.facts.next('deleted')).toMatchObject(seenBy)
  })

  it('refuses what cannot be done to a message', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    await stage.world.deliver({ instance: account.instance, from: chatId, text: 'theirs' })
    const theirs = (await facts.next('message')).message.messageId
    const messageId = `true_${chatId}_3EB0NOTHERE`
    const actions: MessageAction[] = [
      { do: 'react', messageId, emoji: '👍' },
      { do: 'edit', messageId, body: 'x' },
      { do: 'delete', messageId, forEveryone: false },
      { do: 'delete', messageId, forEveryone: true },
      { do: 'edit', messageId: theirs, body: 'x' },
      { do: 'delete', messageId: theirs, forEveryone: true },
    ]
    for (const action of actions)
      await expect(transport.act!(action), JSON.stringify(action)).rejects.toMatchObject({ failure: 'refused' })
    await transport.act!({ do: 'delete', messageId: theirs, forEveryone: false })
  })

  it('cannot act while it is not connected', async () => {
    await using account = await stage.account()
    const { transport } = account.prepare(stage.world.provider)
    await expect(transport.act!({ do: 'seen', chatId })).rejects.toMatchObject({ failure: 'not-connected' })
    await expect(transport.download!('true_x', 1)).rejects.toMatchObject({ failure: 'not-connected' })
  })

  it('hears what people do to messages', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    const { instance } = account
    const { messageId } = await transport.send({ chatId, body: 'Hello' })
    for (const emoji of ['❤️', '']) {
      await stage.world.phone({ instance, react: { messageId, emoji, from: chatId } })
      const reaction = await facts.next('reaction')
      expect(reaction).toMatchObject({ messageId, chatId, from: chatId, emoji })
      expect(reaction.timestamp).toBeGreaterThan(0)
    }
    await stage.world.deliver({ instance, from: chatId, text: 'frist' })
    const theirs = (await facts.next('message')).message.messageId
    await stage.world.phone({ instance, edit: { messageId: theirs, text: 'first' } })
    expect(await facts.next('edited')).toMatchObject({ messageId: theirs, chatId, from: chatId, body: 'first' })
    await stage.world.phone({ instance, delete: { messageId: theirs } })
    expect(await facts.next('deleted')).toMatchObject({ messageId: theirs, chatId, from: chatId })
  })

  it('hears votes in its polls', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    const { instance } = account
    const card: OutgoingCard = { kind: 'poll', question: 'When?', options: ['Today', 'Tomorrow'], multiple: true }
    const { messageId } = await transport.send({ chatId, body: cardText(card), card })
    for (const options of [['Tomorrow'], ['Today', 'Tomorrow'], []]) {
      await stage.world.phone({ instance, vote: { messageId, options, from: chatId } })
      const vote = await facts.next('poll-vote')
      expect(vote).toMatchObject({ messageId, chatId, from: chatId })
      expect([...vote.options].sort()).toEqual(options)
    }
  })

  it('hears what its own phone writes, and can tell it from what others write', async () => {
    await using account = await stage.account()
    const run = await account.start(stage.world.provider)
    const { facts } = run
    const own = `${(await facts.next('ready')).info.phoneNumber}@c.us`
    await stage.world.phone({ instance: account.instance, write: { to: chatId, text: 'from the phone' } })
    const { message } = await facts.next('message')
    expect(message).toMatchObject({ chatId, from: own, fromMe: true, body: 'from the phone', isGroup: false })
    expect(await run.transport.newestMessageId(chatId)).toBe(message.messageId)
  })
}
