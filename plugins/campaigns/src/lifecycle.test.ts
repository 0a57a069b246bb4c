import { Database } from '@waqtor/contracts'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { FakeTransport, mailKernel } from '@waqtor/plugin-messages/testing'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { campaignKernel, eventually, number, sharedDirectory } from './fixtures/campaign-kernel.ts'
import campaigns from './index.ts'
import { countShifts } from './store.ts'

const recipients = (count: number) => Array.from({ length: count }, (_, i) => number(i))

describe('the campaigns plugin', () => {
  it('leaves nothing behind when it is closed', async () => {
    const run = async () => {
      const test = await campaignKernel()
      test.account.connect(new FakeTransport())
      const campaignId = await test.make({ recipients: recipients(3) })
      await test.start(campaignId)
      await test.until(campaignId, 'completed')
      await test.make({ recipients: recipients(3), scheduleAt: new Date(Date.now() + 60_000).toISOString() })
      await test[Symbol.asyncDispose]()
      return () => snapshot(test.kernel)
    }
    const before = (await run())()
    expect(await leftBehind(before, await run())).toEqual([])
  })

  it('runs without contacts, files and templates, and says what is missing when they are asked for', async () => {
    await using shared = await sharedDirectory()
    await using test = await mailKernel({ directory: shared.path, plugins: [campaigns()] })
    const create = (more: object) => test.run(contract.createCampaign, { name: 'c', template: 'Hi', ...more } as never)
    for (const [more, plugin] of [
      [{ audience: { audienceId: 'x' } }, 'contacts'],
      [{ file: { fileId: 'x' } }, 'files'],
      [{ media: { fileId: 'x' } }, 'files'],
      [{ template: { templateId: 'x' } }, 'templates'],
    ] as const)
      await expect(create(more)).rejects.toMatchObject({ message: expect.stringContaining(`'${plugin}' plugin`) })
    const { campaignId } = await create({ recipients: recipients(1) })
    await expect(test.run(contract.exportCampaign, { campaignId })).rejects.toThrow("'files' plugin")
    expect((await test.run(contract.listCampaigns, {})).items).toHaveLength(1)
  })

  it('makes no database for an account that does not exist', async () => {
    await using test = await campaignKernel()
    const instance = 'nobody'
    for (const call of [
      test.run(contract.createCampaign, { instance, name: 'c', template: 'Hi' }),
      test.run(contract.listCampaigns, { instance }),
      test.run(contract.getCampaign, { instance, campaignId: 'x' }),
    ])
      await expect(call).rejects.toMatchObject({ code: 'WAQ_INSTANCE_UNKNOWN' })
    expect(
      test
        .service(Database)
        .states()
        .map((it) => it.name),
    ).not.toContain(instance)
  })

  it('tells about progress while it moves, and at the end', async () => {
    await using test = await campaignKernel()
    test.account.connect(new FakeTransport())
    const campaignId = await test.make({ recipients: recipients(50) })
    await test.start(campaignId)
    await test.until(campaignId, 'completed')
    const told = () => test.events.filter((it) => it.type === 'campaign.progress').map((it) => it.data)
    await eventually(() =>
      expect(told().at(-1)).toMatchObject({ campaignId, status: 'completed', total: 50, sent: 50 }),
    )
    // Never one for each message.
    expect(told().length).toBeLessThan(50)
  })

  it('counts nothing of what still moves when its campaign is gone', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients: recipients(2) })
    await test.run(contract.deleteCampaign, { campaignId })
    const file = await test.service(Database).open('default')
    const late = { queue: campaignId, part: 0, from: 'sending', to: 'sent', reason: null, count: 1 } as const
    await file.write((tx) => countShifts(tx, [late]))
    expect(await file.all('SELECT * FROM campaign_counts')).toEqual([])
  })
})

describe('the pages of recipients', () => {
  it('are read by the index at the end of a campaign like at its beginning', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients: recipients(1_000) })
    const file = await test.service(Database).open('default')
    const plan = async (sql: string, params: (string | number)[]) =>
      (await file.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params)).map((it) => it.detail).join('\n')
    const page = await plan('SELECT * FROM outbox o WHERE o.queue = ? AND o.id > ? ORDER BY o.id LIMIT ?', [
      campaignId,
      900,
      100,
    ])
    expect(page).toMatch(
      /USING INDEX outbox_page \(queue=\? AND id>\?\)|USING INDEX outbox_page \(queue=\? AND rowid>\?\)/,
    )
    expect(page).not.toMatch(/SCAN|TEMP B-TREE/)
    const list = await plan('SELECT * FROM campaigns WHERE id < ? ORDER BY id DESC LIMIT ?', ['~', 50])
    expect(list).not.toMatch(/SCAN|TEMP B-TREE/)
    const scheduled = await plan(
      "SELECT id, schedule_at, late FROM campaigns WHERE status = 'scheduled' ORDER BY schedule_at",
      [],
    )
    expect(scheduled).toContain('campaigns_scheduled')
    expect(scheduled).not.toMatch(/TEMP B-TREE/)
  })
})
