import { Database } from '@waqtor/contracts'
import { FakeTransport } from '@waqtor/plugin-messages/testing'
import { describe, expect, it } from 'vitest'
import * as contract from '../contract.ts'
import {
  type CampaignKernel,
  type CreateInput,
  campaignKernel,
  eventually,
  number,
  sharedDirectory,
} from '../fixtures/campaign-kernel.ts'
import { People } from '../fixtures/people.ts'
import { WallClock } from '../fixtures/wall-clock.ts'

const hour = 3_600_000
const newYork = '12125550100'
const egypt = number(1)
/** A Wednesday: ten in the morning in Cairo, three at night in New York. */
const morning = '2026-03-04T08:00:00Z'
const noGap = { gapMs: 0 }
/** Nothing of courtesy but what a test names. */
const nothing = { requireConsent: false, oncePerWeek: false, warmUp: false, checkNumbers: false }
const friends = (...numbers: readonly string[]) => {
  const people = new People()
  for (const it of numbers) people.add(it)
  return people
}
const states = async (test: CampaignKernel, campaignId: string) =>
  Object.fromEntries((await test.recipients(campaignId)).map((it) => [it.chatId.slice(0, -5), it.reason ?? it.state]))
const run = async (test: CampaignKernel, more: Partial<CreateInput>) => {
  const campaignId = await test.make({ pacing: noGap, ...more })
  await test.start(campaignId)
  return campaignId
}
/** When a message to somebody else has gone, the gate has been asked about everybody before. */
const othersAreServed = async (test: CampaignKernel) => {
  const other = await run(test, { recipients: ['201555555555'], courtesy: 'off', sendingHours: 'any' })
  await test.until(other, 'completed')
}

/** The same host on several days. */
async function days(people = new People()) {
  const shared = await sharedDirectory()
  const clock = new WallClock(morning)
  const network = new FakeTransport({ real: true })
  let test: CampaignKernel | undefined
  return {
    network,
    clock,
    async start(): Promise<CampaignKernel> {
      await test?.[Symbol.asyncDispose]()
      test = await campaignKernel({ directory: shared.path, people })
      test.account.connect(network)
      return test
    },
    async [Symbol.asyncDispose]() {
      await test?.[Symbol.asyncDispose]()
      await shared[Symbol.asyncDispose]()
    },
  }
}

describe('sending hours', () => {
  it('are those of each recipient, and who has to wait keeps nobody else waiting', async () => {
    await using host = await days(friends(egypt, newYork))
    const first = await host.start()
    const campaignId = await first.make({ recipients: [newYork, egypt], pacing: noGap })
    expect((await first.run(contract.previewCampaign, { campaignId })).items).toMatchObject([
      { verdict: 'wait', reason: 'sending-hours', at: Date.parse('2026-03-04T14:00:00Z') },
      { verdict: 'send' },
    ])
    await first.start(campaignId)
    await eventually(async () =>
      expect(await states(first, campaignId)).toEqual({ [newYork]: 'queued', [egypt]: 'sent' }),
    )
    expect((await first.get(campaignId)).progress).toMatchObject({
      nextAt: Date.parse('2026-03-04T14:00:00Z'),
      remaining: 1,
    })
    host.clock.set('2026-03-04T14:00:05Z')
    const later = await host.start()
    await later.until(campaignId, 'completed')
    expect(host.network.accepted).toHaveLength(2)
  })

  it('may be other ones, or any', async () => {
    await using host = await days(friends(egypt))
    const test = await host.start()
    const night = { from: '22:00', to: '06:00', zone: 'Africa/Cairo' }
    const waiting = await run(test, { recipients: [egypt], sendingHours: night })
    const any = await run(test, { recipients: [egypt], sendingHours: 'any' })
    await test.until(any, 'completed')
    expect(await states(test, waiting)).toEqual({ [egypt]: 'queued' })
  })
})

describe('caps', () => {
  it('hold over restarts', async () => {
    await using host = await days()
    const recipients = Array.from({ length: 5 }, (_, i) => number(i))
    const first = await host.start()
    const campaignId = await run(first, { recipients, courtesy: 'off', pacing: { ...noGap, perHour: 2 } })
    await eventually(async () => expect(await first.get(campaignId)).toMatchObject({ sent: 2 }))
    host.clock.advance(30 * 60_000)
    const second = await host.start()
    await othersAreServed(second)
    expect(await second.get(campaignId)).toMatchObject({ sent: 2, queued: 3 })
    const { items } = await second.run(contract.previewCampaign, { campaignId })
    expect(items).toMatchObject(Array(3).fill({ verdict: 'wait', reason: 'cap' }))
    host.clock.advance(32 * 60_000)
    const third = await host.start()
    await eventually(async () => expect(await third.get(campaignId)).toMatchObject({ sent: 4 }))
    await othersAreServed(third)
    expect(await third.get(campaignId)).toMatchObject({ sent: 4, status: 'running' })
  })
})

describe('once a week', () => {
  const oncePerWeek = { ...nothing, oncePerWeek: true }

  it('holds across campaigns and restarts, and ends after a week', async () => {
    await using host = await days()
    const first = await host.start()
    await first.until(await run(first, { recipients: [egypt], courtesy: oncePerWeek }), 'completed')
    host.clock.advance(6 * 24 * hour)
    const second = await host.start()
    const skipped = await run(second, { recipients: [egypt, number(2)], courtesy: oncePerWeek })
    await second.until(skipped, 'completed')
    expect(await states(second, skipped)).toEqual({ [egypt]: 'once-per-week', [number(2)]: 'sent' })
    host.clock.advance(25 * hour)
    const third = await host.start()
    expect(
      await third.until(await run(third, { recipients: [egypt], courtesy: oncePerWeek }), 'completed'),
    ).toMatchObject({
      sent: 1,
    })
  })

  it('is no obstacle to a second try of the same campaign', async () => {
    await using host = await days()
    host.network.behaviour = () => ({ do: 'reject', failure: 'refused' })
    const test = await host.start()
    const campaignId = await run(test, { recipients: [egypt], courtesy: oncePerWeek })
    expect(await test.until(campaignId, 'completed')).toMatchObject({ failed: 1 })
    host.network.behaviour = () => undefined
    await test.run(contract.retryFailed, { campaignId })
    await eventually(async () => expect(await test.get(campaignId)).toMatchObject({ sent: 1, status: 'completed' }))
  })
})

describe('consent', () => {
  it('is asked for where real people are at the other end', async () => {
    await using host = await days(friends(egypt))
    const test = await host.start()
    const campaignId = await run(test, { recipients: [egypt, number(2)] })
    await test.until(campaignId, 'completed')
    expect(await states(test, campaignId)).toEqual({ [egypt]: 'sent', [number(2)]: 'no-consent' })
  })

  it('is taken as it is when the message goes', async () => {
    const people = friends(egypt)
    await using host = await days(people)
    const test = await host.start()
    test.account.disconnect()
    const campaignId = await run(test, { recipients: [egypt] })
    people.add(egypt, { consent: null })
    test.account.connect(host.network)
    await test.until(campaignId, 'completed')
    expect(await states(test, campaignId)).toEqual({ [egypt]: 'no-consent' })
  })
})

describe('the warm-up', () => {
  it('lets few strangers a day pass, more of them on the next, and people who wrote to us at once', async () => {
    const people = new People()
    const strangers = Array.from({ length: 60 }, (_, i) => number(i))
    for (const it of strangers) people.add(it, { wroteAt: null })
    const known = Array.from({ length: 10 }, (_, i) => number(1_000 + i))
    for (const it of known) people.add(it)
    await using host = await days(people)
    const first = await host.start()
    const campaignId = await run(first, { recipients: [...strangers, ...known], pacing: { ...noGap, inFlight: 7 } })
    await eventually(async () => expect(await first.get(campaignId)).toMatchObject({ sent: 30 }))
    await othersAreServed(first)
    const sentTo = new Set(host.network.accepted.map((it) => it.message.chatId))
    expect(known.filter((it) => sentTo.has(`${it}@c.us`))).toHaveLength(10)
    expect((await first.run(contract.previewCampaign, { campaignId })).items[0]).toMatchObject({
      verdict: 'wait',
      reason: 'warm-up',
      at: Date.parse('2026-03-05T00:00:00Z'),
    })
    host.clock.advance(24 * hour)
    const second = await host.start()
    await eventually(async () => expect(await second.get(campaignId)).toMatchObject({ sent: 60 }))
    await othersAreServed(second)
    expect(await second.get(campaignId)).toMatchObject({ sent: 60, queued: 10 })
  })
})

describe('a campaign that is valid until a moment', () => {
  it('skips everybody who was not sent to by then', async () => {
    await using host = await days(friends(egypt))
    const test = await host.start()
    const campaignId = await test.make({ recipients: [egypt], validUntil: '2026-03-04T09:00:00Z' })
    host.clock.advance(2 * hour)
    await test.start(campaignId)
    await test.until(campaignId, 'completed')
    expect(await states(test, campaignId)).toEqual({ [egypt]: 'window-expired' })
  })

  it('lets nobody wait for hours that begin later', async () => {
    await using host = await days(friends(egypt, newYork))
    const test = await host.start()
    const campaignId = await run(test, { recipients: [newYork, egypt], validUntil: '2026-03-04T13:00:00Z' })
    await test.until(campaignId, 'completed')
    expect(await states(test, campaignId)).toEqual({ [egypt]: 'sent', [newYork]: 'window-expired' })
  })
})

describe('numbers', () => {
  it('are asked for before the first send where real people are at the other end', async () => {
    await using host = await days(friends(egypt, number(2)))
    host.network.resolveNumber = async (chatId) => (chatId.startsWith(egypt) ? null : chatId)
    const test = await host.start()
    const campaignId = await run(test, { recipients: [egypt, number(2)] })
    await test.until(campaignId, 'completed')
    expect(await states(test, campaignId)).toEqual({ [egypt]: 'not-on-whatsapp', [number(2)]: 'sent' })
  })
})

describe('where nobody is disturbed', () => {
  it('nothing of courtesy holds, unless it is asked for', async () => {
    new WallClock(morning)
    await using test = await campaignKernel()
    test.account.connect(new FakeTransport())
    const free = await run(test, { recipients: [newYork, egypt] })
    expect(await test.until(free, 'completed')).toMatchObject({ sent: 2 })
    const asked = await run(test, { recipients: [newYork, egypt], courtesy: 'on' })
    await test.until(asked, 'completed')
    expect(await states(test, asked)).toEqual({ [newYork]: 'no-consent', [egypt]: 'no-consent' })
  })

  it('is taken for the opposite as long as nobody knows, and settled when the session is ready', async () => {
    new WallClock(morning)
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients: [newYork, egypt] })
    await test.start(campaignId)
    const gap = async () =>
      (await test.service(Database).open('default')).get<{ gap_ms: number }>(
        'SELECT gap_ms FROM outbox_queues WHERE id = ?',
        [campaignId],
      )
    expect(await gap()).toEqual({ gap_ms: 3_000 })
    expect((await test.run(contract.previewCampaign, { campaignId })).items).toMatchObject([
      { verdict: 'skip', reason: 'no-consent' },
      { verdict: 'skip' },
    ])
    test.account.connect(new FakeTransport())
    expect(await test.until(campaignId, 'completed')).toMatchObject({ sent: 2 })
    expect(await gap()).toEqual({ gap_ms: 0 })
  })
})
