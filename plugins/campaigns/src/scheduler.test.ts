import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { type CampaignKernel, campaignKernel, eventually, number, sharedDirectory } from './fixtures/campaign-kernel.ts'
import { People } from './fixtures/people.ts'
import { WallClock } from './fixtures/wall-clock.ts'

const recipients = [number(1)]
const soon = (ms = 100) => new Date(Date.now() + ms).toISOString()
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
const reasons = (test: CampaignKernel, type: string) =>
  test.events.filter((it) => it.type === type).map((it) => (it.data as { reason?: string }).reason)

// What is scheduled is looked at once a second: tests that wait for it do so beside each other, each in a kernel of its own.
describe.concurrent('a scheduled campaign', () => {
  it('starts by itself at its time', async () => {
    await using test = await campaignKernel()
    const scheduleAt = soon()
    const campaignId = await test.make({ recipients, scheduleAt })
    const later = inHours(1)
    const waiting = await test.make({ recipients, scheduleAt: later })
    const { startedAt } = await test.until(campaignId, 'running')
    expect(startedAt).toBeGreaterThanOrEqual(Date.parse(scheduleAt))
    expect(await test.get(waiting)).toMatchObject({ status: 'scheduled', scheduleAt: Date.parse(later) })
  })

  it('starts after a restart of the host in between', async () => {
    await using shared = await sharedDirectory()
    const before = await campaignKernel({ directory: shared.path })
    const campaignId = await before.make({ recipients, scheduleAt: soon(500) })
    await before[Symbol.asyncDispose]()
    await using test = await campaignKernel({ directory: shared.path })
    await test.until(campaignId, 'running')
  })

  it('may be started before its time, and starts once', async () => {
    await using test = await campaignKernel()
    // Where the machine is so slow that the time comes first, it is too late for this, and there is more of it the next time.
    const early = async (ms: number): Promise<string> => {
      const campaignId = await test.make({ recipients, scheduleAt: soon(ms) })
      try {
        await test.start(campaignId)
        return campaignId
      } catch (error) {
        if (ms > 20_000) throw error
        return early(ms * 2)
      }
    }
    await test.until(await early(200), 'running')
    const other = await test.make({ recipients, scheduleAt: soon() })
    await test.until(other, 'running')
    expect(reasons(test, 'campaign.failed')).toEqual([])
  })

  it('is given another time, and none, in one piece', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients, scheduleAt: inHours(10) })
    const change = (scheduleAt: string | null) => test.run(contract.updateCampaign, { campaignId, scheduleAt })
    const later = inHours(20)
    expect(await change(later)).toMatchObject({ status: 'scheduled', scheduleAt: Date.parse(later) })
    expect(await change(null)).toMatchObject({ status: 'draft', scheduleAt: null })
    expect(await change(soon())).toMatchObject({ status: 'scheduled' })
    await test.until(campaignId, 'running')
    expect(reasons(test, 'campaign.paused')).toEqual([])
  })

  it('waits for recipients before it waits for its time', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ scheduleAt: inHours(1) })
    expect(await test.get(campaignId)).toMatchObject({ status: 'draft' })
    await test.run(contract.addRecipients, { campaignId, recipients })
    expect(await test.get(campaignId)).toMatchObject({ status: 'scheduled', total: 1 })
    await test.run(contract.addRecipients, { campaignId, recipients: [number(2)] })
    expect(await test.get(campaignId)).toMatchObject({ status: 'scheduled', total: 2 })
  })

  it('that is paused and resumed before its time goes on waiting for it', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients, scheduleAt: inHours(1) })
    await test.run(contract.controlCampaign, { campaignId, action: 'pause' })
    expect(await test.run(contract.controlCampaign, { campaignId, action: 'resume' })).toEqual({ status: 'scheduled' })
    await eventually(() => expect(test.events.map((it) => it.type)).toContain('campaign.resumed'))
  })

  it('is refused a time that there is not', async () => {
    await using test = await campaignKernel()
    for (const more of [
      { scheduleAt: 'tomorrow' },
      { scheduleAt: '2030-01-01T09:00' },
      { scheduleAt: '2030-02-30T09:00Z' },
    ])
      await expect(test.make({ recipients, ...more })).rejects.toMatchObject({ status: 400 })
    expect((await test.run(contract.listCampaigns, {})).items).toEqual([])
  })
})

describe('a campaign whose time has passed unnoticed', () => {
  const late = async (policy: 'ask' | 'send' | 'skip') => {
    const shared = await sharedDirectory()
    const clock = new WallClock()
    const before = await campaignKernel({ directory: shared.path })
    const campaignId = await before.make({ recipients, scheduleAt: inHours(1), late: policy })
    await before[Symbol.asyncDispose]()
    clock.advance(5 * 3_600_000)
    const test = await campaignKernel({ directory: shared.path })
    return { test, campaignId, shared }
  }

  it('asks a person, who may resume it', async () => {
    const { test, campaignId, shared } = await late('ask')
    await using _ = shared
    await using __ = test
    expect(await test.until(campaignId, 'paused')).toMatchObject({ reason: 'late' })
    await eventually(() => expect(reasons(test, 'campaign.paused')).toEqual(['late']))
    expect(await test.run(contract.controlCampaign, { campaignId, action: 'resume' })).toEqual({ status: 'running' })
  })

  it('is sent all the same where that was wanted', async () => {
    const { test, campaignId, shared } = await late('send')
    await using _ = shared
    await using __ = test
    await test.until(campaignId, 'running')
  })

  it('is cancelled where that was wanted', async () => {
    const { test, campaignId, shared } = await late('skip')
    await using _ = shared
    await using __ = test
    expect(await test.until(campaignId, 'cancelled')).toMatchObject({ reason: 'late', skipped: 1 })
    await eventually(() => expect(reasons(test, 'campaign.cancelled')).toEqual(['late']))
  })

  it('asks within an hour only when it is told to', async () => {
    await using shared = await sharedDirectory()
    const clock = new WallClock()
    const before = await campaignKernel({ directory: shared.path })
    const campaignId = await before.make({ recipients, scheduleAt: inHours(1) })
    await before[Symbol.asyncDispose]()
    clock.advance(1.5 * 3_600_000)
    const strict = await campaignKernel({ directory: shared.path, config: { lateAfterMs: 60_000 } })
    await strict.until(campaignId, 'paused')
    const other = await strict.make({ recipients, scheduleAt: new Date(Date.now() - 1_800_000).toISOString() })
    await strict.until(other, 'paused')
    await strict[Symbol.asyncDispose]()
    await using test = await campaignKernel({ directory: shared.path })
    const third = await test.make({ recipients, scheduleAt: new Date(Date.now() - 1_800_000).toISOString() })
    await test.until(third, 'running')
  })
})

describe('a clock that leaps', () => {
  it('forward is not believed: what is due by it alone does not start', async () => {
    const clock = new WallClock()
    await using test = await campaignKernel()
    const tomorrow = await test.make({ recipients, scheduleAt: inHours(20), late: 'send' })
    const today = await test.make({ recipients, scheduleAt: soon(300) })
    clock.advance(24 * 3_600_000)
    await test.until(today, 'running')
    expect(await test.get(tomorrow)).toMatchObject({ status: 'scheduled' })
    clock.advance(-24 * 3_600_000)
    const again = await test.make({ recipients, scheduleAt: soon() })
    await test.until(again, 'running')
    expect(await test.get(tomorrow)).toMatchObject({ status: 'scheduled' })
  })
})

describe.concurrent('a scheduled campaign that cannot start', () => {
  it('has failed when it is its own fault, with an event that says why', async () => {
    const people = new People()
    people.audiences.set('shop', [])
    await using test = await campaignKernel({ people })
    const empty = await test.make({ audience: { audienceId: 'shop' }, scheduleAt: soon() })
    expect(await test.until(empty, 'failed')).toMatchObject({ reason: expect.stringContaining('no recipients') })
    const gone = await test.make({ audience: { audienceId: 'shop' }, scheduleAt: inHours(1) })
    people.audiences.delete('shop')
    await test.run(contract.updateCampaign, { campaignId: gone, scheduleAt: soon() })
    await test.until(gone, 'failed')
    await eventually(() =>
      expect(reasons(test, 'campaign.failed')).toEqual([
        expect.stringContaining('no recipients'),
        expect.stringContaining("no audience 'shop'"),
      ]),
    )
  })

  it('leaves out of its audience who lacks a value, and says how many', async () => {
    const people = new People()
    people.audiences.set('shop', [people.add(number(1), { fields: { city: 'Cairo' } }), people.add(number(2))])
    await using test = await campaignKernel({ people })
    const campaignId = await test.make({
      audience: { audienceId: 'shop' },
      template: 'Hi {{city}}',
      scheduleAt: soon(),
    })
    expect(await test.until(campaignId, 'running')).toMatchObject({ total: 1, leftOut: 1 })
  })

  it('is tried again when something else is in the way', async () => {
    const people = new People()
    people.audiences.set('shop', [people.add(number(1))])
    let tries = 0
    people.beforePage = () => {
      if (++tries < 3) throw new Error('the disk is full')
    }
    await using test = await campaignKernel({ people })
    const campaignId = await test.make({ audience: { audienceId: 'shop' }, scheduleAt: soon() })
    await test.until(campaignId, 'running')
    expect(tries).toBe(3)
    expect(test.lines.filter((it) => it.message === 'a scheduled campaign could not be started')).toHaveLength(2)
  })

  it('does not start when somebody decides otherwise while its audience is settled', async () => {
    const people = new People()
    people.audiences.set('shop', [people.add(number(1))])
    await using test = await campaignKernel({ people })
    const campaignId = await test.make({ audience: { audienceId: 'shop' }, scheduleAt: inHours(1) })
    const changed = new Promise((resolve) => {
      people.beforePage = () => {
        people.beforePage = () => {}
        resolve(test.run(contract.updateCampaign, { campaignId, scheduleAt: null }))
      }
    })
    await test.run(contract.updateCampaign, { campaignId, scheduleAt: soon() })
    expect(await changed).toMatchObject({ status: 'draft' })
    const other = await test.make({ recipients, scheduleAt: soon() })
    await test.until(other, 'running')
    expect(await test.get(campaignId)).toMatchObject({ status: 'draft' })
  })
})
