import { FakeTransport } from '@waqtor/plugin-messages/testing'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { type CampaignKernel, campaignKernel, eventually, number } from './fixtures/campaign-kernel.ts'
import { People } from './fixtures/people.ts'

const recipients = (count: number) => Array.from({ length: count }, (_, i) => number(i))
const control = (test: CampaignKernel, campaignId: string, action: 'pause' | 'resume' | 'cancel') =>
  test.run(contract.controlCampaign, { campaignId, action })
const resolve = (test: CampaignKernel, campaignId: string, decision: 'sent' | 'resend' | 'skip', ids?: number[]) =>
  test.run(contract.resolveHeld, { campaignId, decision, ...(ids && { recipientIds: ids }) })
const types = (test: CampaignKernel) => test.events.map((it) => it.type).filter((it) => it.startsWith('campaign.'))

/** A campaign of so many, of whom the first ones are held and nobody else waits. */
async function withHeld(
  held: number,
  more = 1,
): Promise<{ test: CampaignKernel; campaignId: string; network: FakeTransport }> {
  const test = await campaignKernel({ messages: { patienceMs: 1 } })
  const network = new FakeTransport()
  network.history = 'unreadable'
  let swallowed = 0
  network.behaviour = () => (swallowed++ < held ? { do: 'swallow' } : undefined)
  test.account.connect(network)
  const campaignId = await test.make({ recipients: recipients(held + more), pacing: { inFlight: 50 } })
  await test.start(campaignId)
  await eventually(() => expect(network.begun).toBe(held + more))
  test.account.disconnect()
  network.behaviour = () => undefined
  test.account.connect(network)
  await test.until(campaignId, 'paused')
  expect(await test.get(campaignId)).toMatchObject({ reason: 'held', held, queued: 0 })
  return { test, campaignId, network }
}

describe('what can be done with a campaign', () => {
  it.each([
    ['draft', ['pause', 'resume'], 'it can start or cancel'],
    ['scheduled', ['resume'], 'it can start or pause or cancel'],
    ['running', ['resume'], 'it can pause or cancel'],
    ['paused', ['pause'], 'it can resume or cancel'],
    ['cancelled', ['pause', 'resume', 'cancel'], 'is cancelled and cannot'],
  ] as const)('that is %s is said when something else is asked', async (status, actions, words) => {
    await using test = await campaignKernel()
    const campaignId = await test.make({
      recipients: recipients(1),
      ...(status === 'scheduled' && { scheduleAt: '2030-01-01T00:00:00Z' }),
    })
    if (status === 'running' || status === 'paused') await test.start(campaignId)
    if (status === 'paused') await control(test, campaignId, 'pause')
    if (status === 'cancelled') await control(test, campaignId, 'cancel')
    for (const it of actions)
      await expect(control(test, campaignId, it)).rejects.toMatchObject({
        status: 409,
        message: expect.stringContaining(words),
      })
    expect(await test.get(campaignId)).toMatchObject({ status })
  })

  it('is nothing where there is no campaign', async () => {
    await using test = await campaignKernel()
    for (const it of ['pause', 'resume', 'cancel'] as const)
      await expect(control(test, 'cmp_none', it)).rejects.toMatchObject({ status: 404 })
    await expect(test.start('cmp_none')).rejects.toMatchObject({ status: 404 })
  })

  it('happens once when two people ask at the same time', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients: recipients(1) })
    const outcomes = await Promise.allSettled([test.start(campaignId), test.start(campaignId)])
    expect(outcomes.map((it) => it.status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('is recorded as an event, each time', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients: recipients(1) })
    await test.start(campaignId)
    await control(test, campaignId, 'pause')
    await control(test, campaignId, 'resume')
    await control(test, campaignId, 'cancel')
    await eventually(() =>
      expect(types(test).filter((it) => it !== 'campaign.progress')).toEqual([
        'campaign.started',
        'campaign.paused',
        'campaign.resumed',
        'campaign.cancelled',
      ]),
    )
    expect(test.events.find((it) => it.type === 'campaign.paused')?.data).toMatchObject({ reason: 'by request' })
  })
})

describe('failed recipients', () => {
  const failing = async () => {
    const test = await campaignKernel()
    const network = new FakeTransport()
    network.behaviour = ({ chatId }) =>
      chatId.startsWith(number(0))
        ? { do: 'reject', failure: 'refused' }
        : chatId.startsWith(number(1))
          ? { do: 'reject', failure: 'invalid-number' }
          : undefined
    test.account.connect(network)
    const campaignId = await test.make({ recipients: recipients(4) })
    await test.start(campaignId)
    await test.until(campaignId, 'completed')
    return { test, network, campaignId }
  }

  it('are tried again, those excepted whose number does not exist, and the campaign runs and is completed anew', async () => {
    const { test, network, campaignId } = await failing()
    await using _ = test
    expect(await test.get(campaignId)).toMatchObject({ failed: 2, sent: 2 })
    network.behaviour = () => undefined
    expect(await test.run(contract.retryFailed, { campaignId })).toEqual({ status: 'running', count: 1 })
    await test.until(campaignId, 'completed')
    expect(await test.get(campaignId)).toMatchObject({ failed: 1, sent: 3, total: 4 })
    expect(types(test).filter((it) => it === 'campaign.completed')).toHaveLength(2)
  })

  it('leave a campaign completed when there is nobody to try again', async () => {
    await using test = await campaignKernel()
    test.account.connect(new FakeTransport())
    const campaignId = await test.make({ recipients: recipients(1) })
    await test.start(campaignId)
    await test.until(campaignId, 'completed')
    expect(await test.run(contract.retryFailed, { campaignId })).toEqual({ status: 'completed', count: 0 })
  })

  it('are not tried again where nothing is sent any more, or yet', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients: recipients(1) })
    const retry = () => test.run(contract.retryFailed, { campaignId })
    await expect(retry()).rejects.toMatchObject({ status: 409 })
    await control(test, campaignId, 'cancel')
    await expect(retry()).rejects.toMatchObject({ status: 409, message: expect.stringContaining('try failed') })
  })

  it('wait with a campaign that a person has paused', async () => {
    await using test = await campaignKernel()
    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'reject', failure: 'refused' })
    test.account.connect(network)
    const campaignId = await test.make({ recipients: recipients(20) })
    await test.start(campaignId)
    const { failed } = await test.until(campaignId, 'paused')
    expect(await test.run(contract.retryFailed, { campaignId })).toEqual({ status: 'paused', count: failed })
    const { begun } = network
    network.behaviour = () => undefined
    await control(test, campaignId, 'resume')
    expect(await test.until(campaignId, 'completed')).toMatchObject({ sent: 20, failed: 0 })
    expect(begun).toBe(failed)
  })

  it('let a campaign go on that had paused because only held ones were left', async () => {
    await using test = await campaignKernel({ messages: { patienceMs: 1 } })
    const network = new FakeTransport()
    network.history = 'unreadable'
    network.behaviour = ({ chatId }) =>
      chatId.startsWith(number(0)) ? { do: 'swallow' } : { do: 'reject', failure: 'refused' }
    test.account.connect(network)
    const campaignId = await test.make({ recipients: recipients(2), pacing: { inFlight: 2 } })
    await test.start(campaignId)
    await eventually(async () => expect(await test.get(campaignId)).toMatchObject({ failed: 1 }))
    test.account.disconnect()
    network.behaviour = () => undefined
    test.account.connect(network)
    expect(await test.until(campaignId, 'paused')).toMatchObject({ reason: 'held', held: 1, failed: 1 })
    expect(await test.run(contract.retryFailed, { campaignId })).toEqual({ status: 'running', count: 1 })
    expect(await test.until(campaignId, 'paused')).toMatchObject({ reason: 'held', held: 1, sent: 1 })
  })
})

describe('held recipients', () => {
  it('that arrived complete the campaign', async () => {
    const { test, campaignId } = await withHeld(2)
    await using _ = test
    const [first, second] = (await test.recipients(campaignId)).filter((it) => it.state === 'held')
    expect(await resolve(test, campaignId, 'sent', [first!.recipientId])).toEqual({ status: 'paused', count: 1 })
    expect(await resolve(test, campaignId, 'sent', [second!.recipientId])).toEqual({ status: 'completed', count: 1 })
    expect(await test.get(campaignId)).toMatchObject({ sent: 3, held: 0, status: 'completed' })
    expect(types(test)).toContain('campaign.completed')
  })

  it('that are let be complete it, too', async () => {
    const { test, campaignId } = await withHeld(2)
    await using _ = test
    expect(await resolve(test, campaignId, 'skip')).toEqual({ status: 'completed', count: 2 })
    expect(await test.get(campaignId)).toMatchObject({ sent: 1, skipped: 2 })
  })

  it('that are sent again let it go on by itself', async () => {
    const { test, campaignId, network } = await withHeld(2)
    await using _ = test
    expect(await resolve(test, campaignId, 'resend')).toEqual({ status: 'running', count: 2 })
    expect(await test.until(campaignId, 'completed')).toMatchObject({ sent: 3, held: 0 })
    expect(network.accepted).toHaveLength(3)
  })

  it('of a cancelled campaign are not sent again', async () => {
    const { test, campaignId } = await withHeld(1)
    await using _ = test
    await control(test, campaignId, 'cancel')
    await expect(resolve(test, campaignId, 'resend')).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining("'sent' or 'skip'"),
    })
    expect(await resolve(test, campaignId, 'skip')).toEqual({ status: 'cancelled', count: 1 })
  })

  it('are none in a campaign that has none', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients: recipients(1) })
    expect(await resolve(test, campaignId, 'resend')).toEqual({ status: 'draft', count: 0 })
  })
})

describe('who was cancelled', () => {
  it('is listed, exported and counted by reason among the skipped', async () => {
    const people = new People()
    for (const it of recipients(7)) people.add(it, it === number(1) ? { consent: null } : {})
    const courtesy = { requireConsent: true, oncePerWeek: false, warmUp: false, checkNumbers: false }
    await using test = await campaignKernel({ people })
    const network = new FakeTransport()
    network.behaviour = ({ chatId }) => (chatId.startsWith(number(2)) ? { do: 'swallow' } : undefined)
    const campaignId = await test.make({ recipients: recipients(7), courtesy, sendingHours: 'any' })
    await test.start(campaignId)
    test.account.connect(network)
    await eventually(() => expect(network.begun).toBe(2))
    await control(test, campaignId, 'cancel')
    expect(await test.get(campaignId)).toMatchObject({ total: 7, sent: 1, skipped: 5, queued: 1 })

    const list = (more: object) => test.run(contract.listRecipients, { campaignId, state: 'skipped', ...more })
    const { items } = await list({})
    expect(items.map((it) => [it.chatId.slice(0, -5), it.state, it.reason])).toEqual([
      [number(1), 'skipped', 'no-consent'],
      ...[3, 4, 5, 6].map((it) => [number(it), 'cancelled', 'cancelled']),
    ])
    const first = await list({ limit: 3 })
    const second = await list({ limit: 3, cursor: first.nextCursor })
    expect([...first.items, ...second.items]).toEqual(items)
    expect(second.nextCursor).toBeNull()
    expect((await list({ state: 'cancelled' })).items).toHaveLength(4)
    expect(await test.run(contract.exportCampaign, { campaignId, state: 'skipped' })).toMatchObject({ rows: 5 })
    expect((await test.run(contract.campaignStats, { campaignId })).reasons).toEqual([
      { state: 'cancelled', reason: 'cancelled', count: 4 },
      { state: 'skipped', reason: 'no-consent', count: 1 },
    ])
  })
})

describe('several campaigns', () => {
  it('take fair turns: none has to wait for another to be done', async () => {
    await using test = await campaignKernel()
    const network = new FakeTransport()
    const ids: string[] = []
    for (let i = 0; i < 5; i++)
      ids.push(
        await test.make({ template: `${i}`, recipients: Array.from({ length: 40 }, (_, n) => number(i * 100 + n)) }),
      )
    for (const id of ids) await test.start(id)
    test.account.connect(network)
    for (const id of ids) await test.until(id, 'completed')
    expect(network.accepted).toHaveLength(200)
    // After a fifth of all, each has had a share of it.
    const first = network.accepted.slice(0, 50).map((it) => it.message.body)
    for (let i = 0; i < 5; i++) expect(first.filter((it) => it === `${i}`).length).toBeGreaterThan(2)
  })
})
