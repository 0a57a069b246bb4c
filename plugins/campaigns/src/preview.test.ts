import { FakeTransport } from '@waqtor/plugin-messages/testing'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { type CampaignKernel, campaignKernel, eventually, number } from './fixtures/campaign-kernel.ts'
import { People } from './fixtures/people.ts'

const recipients = (count: number) => Array.from({ length: count }, (_, i) => number(i))
const preview = (test: CampaignKernel, campaignId: string, more: { limit?: number; cursor?: string } = {}) =>
  test.run(contract.previewCampaign, { campaignId, ...more })
const shop = (count: number) => {
  const people = new People()
  people.audiences.set(
    'shop',
    recipients(count).map((it, i) => people.add(it, { name: `N${i}` })),
  )
  return people
}

/** Every page, to the last. */
async function pages(test: CampaignKernel, campaignId: string, limit: number): Promise<string[][]> {
  const all: string[][] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await preview(test, campaignId, { limit, ...(cursor && { cursor }) })
    all.push(page.items.map((it) => it.chatId.slice(0, -5)))
    cursor = page.nextCursor
  }
  return all
}

/** On a network where nobody is disturbed: nothing depends on the time of the day. */
async function connected(options: Parameters<typeof campaignKernel>[0] = {}): Promise<CampaignKernel> {
  const test = await campaignKernel(options)
  test.account.connect(new FakeTransport())
  return test
}

describe('a preview', () => {
  it('shows every message page by page, each once, and the summary with the first', async () => {
    await using test = await connected()
    const campaignId = await test.make({ recipients: recipients(7) })
    expect(await pages(test, campaignId, 3)).toEqual([
      recipients(7).slice(0, 3),
      recipients(7).slice(3, 6),
      [number(6)],
    ])
    const first = await preview(test, campaignId, { limit: 3 })
    expect(first.summary).toMatchObject({ total: 7, examined: 7, willSend: 7, willSkip: [], missing: [] })
    expect((await preview(test, campaignId, { limit: 3, cursor: first.nextCursor! })).summary).toBeNull()
    await expect(preview(test, campaignId, { cursor: '-1' })).rejects.toMatchObject({ status: 400 })
  })

  it('shows the members of an audience before the start, and settles nothing', async () => {
    await using test = await connected({ people: shop(7) })
    const campaignId = await test.make({ audience: { audienceId: 'shop' }, template: 'Hi {{name}}' })
    expect(await pages(test, campaignId, 3)).toEqual([
      recipients(7).slice(0, 3),
      recipients(7).slice(3, 6),
      [number(6)],
    ])
    const { items, summary } = await preview(test, campaignId, { limit: 1 })
    expect(items).toMatchObject([{ body: 'Hi N0', verdict: 'send' }])
    expect(summary).toMatchObject({ total: 7, examined: 7, willSend: 7 })
    expect(summary!.expectedFinishAt).not.toBeNull()
    expect(await test.get(campaignId)).toMatchObject({ total: 0, status: 'draft' })
  })

  it('looks through an audience of several pages', async () => {
    await using test = await connected({ people: shop(4_500) })
    const campaignId = await test.make({ audience: { audienceId: 'shop' } })
    expect((await preview(test, campaignId)).summary).toMatchObject({ total: 4_500, examined: 4_500, willSend: 4_500 })
  })

  it('says of each what would become of them, and why', async () => {
    const people = shop(3)
    people.optOut(`${number(0)}@c.us`)
    people.add(number(1), { consent: null })
    await using test = await connected({ people })
    const campaignId = await test.make({
      recipients: recipients(4),
      courtesy: { requireConsent: true, oncePerWeek: false, warmUp: false, checkNumbers: false },
      sendingHours: 'any',
    })
    const { items, summary } = await preview(test, campaignId)
    expect(items).toMatchObject([
      { verdict: 'skip', reason: 'opted-out' },
      { verdict: 'skip', reason: 'no-consent' },
      { verdict: 'send', reason: null },
      { verdict: 'skip', reason: 'no-consent' },
    ])
    expect(summary).toMatchObject({
      total: 4,
      willSend: 1,
      willSkip: [
        { reason: 'no-consent', count: 2 },
        { reason: 'opted-out', count: 1 },
      ],
    })
  })

  it('names the variables that have no value', async () => {
    const people = shop(3)
    people.add(number(0), { fields: { city: 'Cairo' } })
    await using test = await connected({ people })
    const campaignId = await test.make({ audience: { audienceId: 'shop' }, template: '{{city}} {{street}}' })
    const { items, summary } = await preview(test, campaignId)
    expect(items).toMatchObject(Array(3).fill({ verdict: 'skip', reason: 'incomplete', at: null }))
    expect(summary).toMatchObject({
      willSend: 0,
      willSkip: [{ reason: 'incomplete', count: 3 }],
      missing: [
        { variable: 'street', count: 3 },
        { variable: 'city', count: 2 },
      ],
    })
  })

  it('shows who lacks a value as skipped beside those who get the message, whom nobody keeps waiting', async () => {
    const people = shop(3)
    people.add(number(1), { fields: { city: 'Cairo' } })
    await using test = await connected({ people })
    const campaignId = await test.make({
      audience: { audienceId: 'shop' },
      template: '{{city}}',
      pacing: { perDay: 1 },
    })
    const { items, summary } = await preview(test, campaignId)
    expect(items.map((it) => it.reason ?? it.verdict)).toEqual(['incomplete', 'send', 'incomplete'])
    expect(summary).toMatchObject({ willSend: 1, willSkip: [{ reason: 'incomplete', count: 2 }] })
  })

  it('shows variant, language and file, and what of a running campaign is left', async () => {
    await using test = await connected()
    const media = { fileId: await test.upload('menu.pdf', 'x') }
    const campaignId = await test.make({
      variants: [
        { name: 'A', template: 'a', languages: { ar: 'أ' }, media },
        { name: 'B', template: 'a', languages: { ar: 'أ' }, media },
      ],
      recipients: [{ to: number(1), language: 'ar-EG' }],
    })
    expect((await preview(test, campaignId)).items).toEqual([
      {
        chatId: `${number(1)}@c.us`,
        variant: expect.stringMatching(/^[AB]$/),
        language: 'ar',
        body: 'أ',
        media: 'menu.pdf',
        verdict: 'send',
        reason: null,
        at: null,
      },
    ])
    await test.start(campaignId)
    await test.until(campaignId, 'completed')
    expect(await preview(test, campaignId)).toMatchObject({ items: [], summary: { total: 0, willSend: 0 } })
  })

  it('counts whose turn comes too late for the end of the campaign', async () => {
    await using test = await connected()
    const validUntil = new Date(Date.now() + 90_000).toISOString()
    const campaignId = await test.make({ recipients: recipients(3), pacing: { gapMs: 60_000 }, validUntil })
    expect((await preview(test, campaignId)).summary).toMatchObject({
      willSend: 2,
      willSkip: [{ reason: 'window-expired', count: 1 }],
      expectedFinishAt: Date.parse(validUntil),
    })
  })

  it('follows a change of the plan at once', async () => {
    await using test = await connected()
    const campaignId = await test.make({ recipients: recipients(1), courtesy: 'on', sendingHours: 'any' })
    expect((await preview(test, campaignId)).items).toMatchObject([{ verdict: 'skip' }])
    await test.run(contract.updateCampaign, { campaignId, courtesy: 'off' })
    expect((await preview(test, campaignId)).items).toMatchObject([{ verdict: 'send' }])
  })
})

describe('progress', () => {
  it('tells when a scheduled campaign begins and ends, and nothing of one that stands still', async () => {
    await using test = await campaignKernel()
    test.account.connect(new FakeTransport())
    const scheduleAt = new Date(Date.now() + 3_600_000).toISOString()
    const campaignId = await test.make({ recipients: recipients(3), scheduleAt, pacing: { gapMs: 60_000 } })
    const { progress } = await test.get(campaignId)
    expect(progress).toMatchObject({ remaining: 3, nextAt: Date.parse(scheduleAt), limitedBy: 'gap', ratePerMinute: 0 })
    expect(progress.expectedFinishAt).toBeGreaterThan(Date.parse(scheduleAt) + 60_000)
    await test.run(contract.controlCampaign, { campaignId, action: 'pause' })
    expect((await test.get(campaignId)).progress).toEqual({
      remaining: 3,
      ratePerMinute: 0,
      nextAt: null,
      expectedFinishAt: null,
      limitedBy: null,
    })
  })

  it('says what is in the way while nothing can be sent', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients: recipients(3), pacing: { inFlight: 3 } })
    const stopped = { remaining: 3, ratePerMinute: 0, nextAt: null, expectedFinishAt: null }
    await test.start(campaignId)
    expect((await test.get(campaignId)).progress).toEqual({ ...stopped, limitedBy: 'session' })

    const network = new FakeTransport()
    network.behaviour = () => ({ do: 'swallow' })
    test.account.connect(network)
    await eventually(() => expect(network.begun).toBe(3))
    test.account.disconnect()
    expect((await test.get(campaignId)).progress).toEqual({ ...stopped, limitedBy: 'session' })

    const unreadable = new FakeTransport()
    unreadable.history = 'unreadable'
    test.account.connect(unreadable)
    await eventually(async () =>
      expect((await test.get(campaignId)).progress).toEqual({ ...stopped, limitedBy: 'doubt' }),
    )
  })

  it('goes with the counters, however often one asks', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients: recipients(30) })
    await test.start(campaignId)
    expect((await test.get(campaignId)).progress).toMatchObject({ remaining: 30 })
    test.account.connect(new FakeTransport())
    const { progress } = await test.until(campaignId, 'completed')
    expect(progress).toMatchObject({ remaining: 0, expectedFinishAt: null })
  })

  it('knows the zones of an audience that is not settled yet', async () => {
    const people = new People()
    people.audiences.set('shop', [people.add('12125550100'), people.add(number(1))])
    await using test = await campaignKernel({ people })
    test.account.connect(new FakeTransport())
    const campaignId = await test.make({
      audience: { audienceId: 'shop' },
      sendingHours: { from: '09:00', to: '10:00', zone: 'recipient' },
      scheduleAt: '2030-06-03T00:00:00Z',
    })
    // Cairo opens at six (UTC), New York closes at fourteen.
    const { summary } = await preview(test, campaignId)
    expect(summary!.startsAt).toBe(Date.parse('2030-06-03T06:00:00Z'))
    expect(summary!.expectedFinishAt).toBeGreaterThan(Date.parse('2030-06-03T13:00:00Z'))
  })
})
