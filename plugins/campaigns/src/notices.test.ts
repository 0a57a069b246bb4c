import { afterEach, expect, test } from 'vitest'
import * as contract from './contract.ts'
import { type CampaignKernel, campaignKernel, eventually, number } from './fixtures/campaign-kernel.ts'
import { campaignMetrics } from './metrics.ts'
import { campaignNotices } from './notices.ts'

const [completed, paused, failed] = campaignNotices
const about = { campaignId: 'cmp_1', name: 'Welcome', timestamp: 1 }

test('a finished campaign is told by its name, with what became of it', () => {
  const say = (failed: number) => completed.say({ ...about, sent: 1, failed, duration: 5 } as never, 'shop')
  expect(say(0)).toEqual({
    type: 'success',
    title: "Campaign 'Welcome' is finished",
    message: '1 message sent, 0 failed.',
    fields: { campaignId: 'cmp_1', name: 'Welcome', instance: 'shop', sent: 1, failed: 0 },
    icon: 'pi pi-megaphone',
    link: '/campaigns?instance=shop&id=cmp_1',
  })
  expect(say(2)).toMatchObject({ type: 'warning', message: '1 message sent, 2 failed.' })
})

test('a campaign that a person paused is no news; one that paused itself says what to do', () => {
  const say = (reason?: string) => paused.say({ ...about, reason } as never, 'shop')
  expect(say('by request')).toBeUndefined()
  expect(say()).toBeUndefined()
  expect(say('held')!.message).toContain('decide about them')
  expect(say('held')!.fields).toMatchObject({ name: 'Welcome', reason: 'held' })
  expect(say('5 sends in a row failed')!.message).toContain('The reason: 5 sends in a row failed.')
})

test('an event from before campaigns told their names is told by the id', () => {
  expect(failed.say({ campaignId: 'cmp_1', timestamp: 1 } as never, 'shop')).toMatchObject({
    type: 'error',
    title: "Campaign 'cmp_1' could not start",
    message: 'The campaign says why.',
  })
})

let it: CampaignKernel | undefined
afterEach(async () => {
  await it?.[Symbol.asyncDispose]()
})

test('the events carry the name, and the summary counts by status', async () => {
  it = await campaignKernel()
  const running = await it.make({ name: 'Welcome', recipients: [number(1)] })
  await it.make({ recipients: [number(2)] })
  await it.start(running)
  await it.run(contract.controlCampaign, { campaignId: running, action: 'pause' })
  await it.run(contract.controlCampaign, { campaignId: running, action: 'resume' })
  await it.run(contract.controlCampaign, { campaignId: running, action: 'cancel' })
  await eventually(() =>
    expect(it!.events.filter((event) => event.type.startsWith('campaign.') && event.sequence)).toMatchObject([
      { type: 'campaign.started', data: { name: 'Welcome' } },
      { type: 'campaign.paused', data: { name: 'Welcome', reason: 'by request' } },
      { type: 'campaign.resumed', data: { name: 'Welcome' } },
      { type: 'campaign.cancelled', data: { name: 'Welcome' } },
    ]),
  )
  const summary = await it.run(contract.summarizeCampaigns, {})
  expect(summary.counts).toMatchObject({ draft: 1, cancelled: 1, running: 0, paused: 0, completed: 0 })
  const samples = campaignMetrics.series[0]!.read(summary as never)
  expect(samples).toHaveLength(7)
  expect(samples).toContainEqual({ value: 1, labels: { status: 'draft' } })
})
