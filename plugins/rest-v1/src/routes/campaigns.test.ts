import { getCampaign, listRecipients } from '@waqtor/plugin-campaigns/contract'
import { createTemplate } from '@waqtor/plugin-templates/contract'
import { describe, expect, it } from 'vitest'
import { type RestV1Test, startRestV1 } from '../fixtures/start-rest-v1.ts'

const recipients = ['201001234567', { phone: '201001234568', name: 'Mona', n: 7 }]

const create = (it: RestV1Test, body: object) => it.ask('/api/campaigns/create', { method: 'POST', body })

/** What the campaign that was made says, and to whom. */
async function made(it: RestV1Test, body: object) {
  const { campaignId } = (await create(it, { name: 'c', recipients, ...body })).body
  const campaign = await it.test.run(getCampaign, { campaignId })
  const { items } = await it.test.run(listRecipients, { campaignId })
  return { ...campaign, people: items.map(({ chatId, variables }) => ({ chatId, ...variables })) }
}

describe('a campaign of an existing client', () => {
  it('has the message, the variables for all and those of each', async () => {
    await using it = await startRestV1()
    const campaign = await made(it, {
      message: 'Hi {{name|friend}} {{n|0}} {{shop}}',
      variables: { shop: 'Noor', year: 2026 },
    })
    expect(campaign).toMatchObject({
      template: 'Hi {{name|friend}} {{n|0}} {{shop}}',
      variables: { shop: 'Noor', year: '2026' },
      people: [{ chatId: '201001234567@c.us' }, { chatId: '201001234568@c.us', name: 'Mona', n: '7' }],
    })
  })

  it('may use a stored template, as long as nobody gets a message of their own', async () => {
    await using it = await startRestV1()
    const { templateId } = await it.test.run(createTemplate, { name: 'Welcome', text: 'Welcome {{name|friend}}' })
    expect(await made(it, { template: { templateId } })).toMatchObject({
      template: 'Welcome {{name|friend}}',
      total: 2,
    })
    const each = recipients.map((phone) => ({ phone: typeof phone === 'string' ? phone : phone.phone, message: 'Own' }))
    const mixed = await create(it, { name: 'c', recipients: [...each, '201001234569'], template: { templateId } })
    expect([mixed.status, mixed.body.errors[0].path]).toEqual([400, 'message'])
    expect((await create(it, { name: 'c', recipients, template: { templateId: 'none' } })).status).toBe(404)
  })

  it('may send a file that was uploaded', async () => {
    await using it = await startRestV1()
    const form = new FormData()
    form.append('file', new Blob(['a,b\n1,2\n']), 'prices.csv')
    const { fileId } = (await it.ask('/api/messages/upload', { method: 'POST', body: form })).body
    const campaign = await made(it, { message: 'Our prices', fileId, type: 'document', filename: 'new.csv' })
    expect(campaign.message.variants[0]!.media).toMatchObject({ kind: 'document', filename: 'new.csv' })
  })

  it('starts at its time, in the zone that is given', async () => {
    await using it = await startRestV1()
    const plan = {
      scheduleAt: '2099-01-01T09:00',
      zone: 'Africa/Cairo',
      pacing: { gapMs: 5 },
      sendingHours: 'any',
      courtesy: 'on',
    }
    expect(await made(it, { message: 'x', ...plan })).toMatchObject({
      status: 'scheduled',
      scheduleAt: Date.UTC(2099, 0, 1, 7),
      pacing: { gapMs: 5 },
      sendingHours: 'any',
      courtesy: 'on',
    })
  })

  it('is turned by the words that clients have for it', async () => {
    await using it = await startRestV1()
    const message = { message: 'x', pacing: { gapMs: 3_600_000 } }
    const { campaignId } = (await create(it, { name: 'c', recipients, ...message })).body
    const turn = async (body: object) =>
      (await it.ask(`/api/campaigns/${campaignId}/status`, { method: 'PUT', body })).body.status
    const seen = []
    for (const word of ['active', 'pause', 'RESUME', 'paused', 'running', 'stopped'])
      seen.push(await turn({ status: word }))
    expect(seen).toEqual(['running', 'paused', 'running', 'paused', 'running', 'cancelled'])
    const another = (await create(it, { name: 'c', recipients, ...message })).body.campaignId
    const started = await it.ask(`/api/campaigns/${another}/status`, { method: 'PUT', body: { action: 'start' } })
    expect(started.body.status).toBe('running')
    for (const body of [{}, { status: 'constructor' }, { status: ['paused'] }])
      expect((await it.ask(`/api/campaigns/${another}/status`, { method: 'PUT', body })).status).toBe(400)
  })
})
