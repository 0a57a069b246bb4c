import { Database, type IncomingMessage } from '@waqtor/contracts'
import { FakeTransport } from '@waqtor/plugin-messages/testing'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { type CampaignKernel, campaignKernel, eventually, number } from './fixtures/campaign-kernel.ts'

const day = 86_400_000
let serial = 0

/** Two people who got a campaign. */
async function campaign() {
  const test = await campaignKernel()
  const network = new FakeTransport()
  test.account.connect(network)
  const send = async (template = 'Hello') => {
    const campaignId = await test.make({ template, recipients: [number(1), number(2)] })
    await test.start(campaignId)
    await test.until(campaignId, 'completed')
    const accepted = network.accepted.findLast((it) => it.message.chatId === `${number(1)}@c.us`)!
    return { campaignId, messageId: accepted.messageId, at: accepted.timestamp }
  }
  return { test, send }
}

const says = (test: CampaignKernel, more: Partial<IncomingMessage> & { quotedMessageId?: string } = {}) =>
  test.account.report({
    type: 'message',
    message: {
      messageId: `in_${serial++}`,
      chatId: `${number(1)}@c.us`,
      from: `${number(1)}@c.us`,
      body: 'thanks',
      kind: 'text',
      hasMedia: false,
      isGroup: false,
      timestamp: Date.now(),
      ...more,
    } as IncomingMessage,
  })

const replied = async (test: CampaignKernel, campaignId: string) => (await test.get(campaignId)).replied

describe('who answers', () => {
  it('is counted once for each recipient, and shown with them', async () => {
    const { test, send } = await campaign()
    await using _ = test
    const { campaignId } = await send()
    await says(test)
    await says(test)
    expect(await replied(test, campaignId)).toBe(1)
    expect((await test.recipients(campaignId)).map((it) => it.repliedAt !== null)).toEqual([true, false])
    expect(await test.run(contract.campaignStats, { campaignId })).toMatchObject({ replied: 1 })
  })

  it('answers the latest campaign, or the one that is quoted', async () => {
    const { test, send } = await campaign()
    await using _ = test
    const first = await send('first')
    const second = await send('second')
    await says(test)
    expect([await replied(test, first.campaignId), await replied(test, second.campaignId)]).toEqual([0, 1])
    await says(test, { quotedMessageId: first.messageId })
    expect([await replied(test, first.campaignId), await replied(test, second.campaignId)]).toEqual([1, 1])
  })

  it('answers within a week, or whenever by quoting', async () => {
    const { test, send } = await campaign()
    await using _ = test
    const { campaignId, messageId, at } = await send()
    await says(test, { timestamp: at + 8 * day })
    await says(test, { timestamp: at - day })
    expect(await replied(test, campaignId)).toBe(0)
    await says(test, { timestamp: at + 30 * day, quotedMessageId: messageId })
    expect(await replied(test, campaignId)).toBe(1)
  })

  it('answers in the same second, which is all that a network tells of the time', async () => {
    const { test, send } = await campaign()
    await using _ = test
    const { campaignId, at } = await send()
    await says(test, { timestamp: Math.floor(at / 1_000) * 1_000 })
    expect(await replied(test, campaignId)).toBe(1)
  })

  it('does so in their own chat: a quote of somebody else’s message counts nothing', async () => {
    const { test, send } = await campaign()
    await using _ = test
    const { campaignId, messageId } = await send()
    await says(test, { chatId: `${number(9)}@c.us`, from: `${number(9)}@c.us`, quotedMessageId: messageId })
    expect(await replied(test, campaignId)).toBe(0)
  })

  it('is never a group, even one that got the message', async () => {
    await using test = await campaignKernel()
    test.account.connect(new FakeTransport())
    const group = '120363000000000000@g.us'
    const campaignId = await test.make({ recipients: [group] })
    await test.start(campaignId)
    expect(await test.until(campaignId, 'completed')).toMatchObject({ sent: 1 })
    await says(test, { chatId: group, from: group, isGroup: true })
    expect(await replied(test, campaignId)).toBe(0)
  })

  it('is told to whoever watches, also when the campaign is over', async () => {
    const { test, send } = await campaign()
    await using _ = test
    const { campaignId } = await send()
    await says(test)
    await eventually(() =>
      expect(test.events.findLast((it) => it.type === 'campaign.progress')?.data).toMatchObject({
        campaignId,
        replied: 1,
        status: 'completed',
      }),
    )
  })
})

describe('an answer', () => {
  it('is stored together with its count or not at all', async () => {
    const { test, send } = await campaign()
    await using _ = test
    const { campaignId } = await send()
    const file = await test.service(Database).open('default')
    const storedMessages = () => file.get<{ n: number }>("SELECT count(*) AS n FROM messages WHERE direction = 'in'")
    await file.write(async (tx) => {
      await tx.run("CREATE TRIGGER stop BEFORE INSERT ON campaign_replies BEGIN SELECT raise(ABORT, 'no'); END")
    })
    await expect(says(test, { messageId: 'in_again' })).rejects.toThrow()
    expect(await storedMessages()).toEqual({ n: 0 })
    await file.write(async (tx) => {
      await tx.run('DROP TRIGGER stop')
    })
    await says(test, { messageId: 'in_again' })
    expect(await storedMessages()).toEqual({ n: 1 })
    expect(await replied(test, campaignId)).toBe(1)
  })
})

describe('what became of a campaign', () => {
  it('is told by reason and by variant, with those who answered and want no more', async () => {
    await using test = await campaignKernel()
    const network = new FakeTransport()
    network.behaviour = ({ chatId }) =>
      chatId.startsWith(number(0)) ? { do: 'reject', failure: 'invalid-number' } : undefined
    test.account.connect(network)
    const variants = [
      { name: 'short', template: 'Hi' },
      { name: 'long', template: 'Hello' },
    ]
    const campaignId = await test.make({ variants, recipients: Array.from({ length: 20 }, (_, i) => number(i)) })
    await test.start(campaignId)
    await test.until(campaignId, 'completed')
    await says(test)
    await says(test, { chatId: `${number(2)}@c.us`, from: `${number(2)}@c.us` })
    test.people.optOut(`${number(2)}@c.us`)
    test.people.optOut(`${number(3)}@c.us`)
    const stats = await test.run(contract.campaignStats, { campaignId })
    expect(stats).toMatchObject({
      total: 20,
      sent: 19,
      failed: 1,
      replied: 2,
      optedOut: 1,
      reasons: [{ state: 'failed', reason: 'not-on-whatsapp', count: 1 }],
      variants: [{ name: 'short' }, { name: 'long' }],
    })
    expect(stats.variants[0]!.total + stats.variants[1]!.total).toBe(20)
    expect(stats.variants.every((it) => it.total > 0)).toBe(true)
    const byVariant = Object.groupBy(await test.recipients(campaignId), (it) => it.variant!)
    expect(byVariant.short).toHaveLength(stats.variants[0]!.total)
    expect(new Set(byVariant.long!.map((it) => it.body))).toEqual(new Set(['Hello']))
    expect(stats.durationMs).toBeGreaterThanOrEqual(0)
  })
})
