import { Files } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import { createTemplate, updateTemplate } from '@waqtor/plugin-templates/contract'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { type CampaignKernel, campaignKernel, number } from './fixtures/campaign-kernel.ts'
import { People } from './fixtures/people.ts'
import { WallClock } from './fixtures/wall-clock.ts'

const update = contract.updateCampaign
const bodies = async (test: CampaignKernel, campaignId: string) =>
  (await test.run(contract.previewCampaign, { campaignId })).items.map((it) => it.body)
const stored = async (test: CampaignKernel, campaignId: string) => (await test.get(campaignId)).message.variants
const mediaOf = async (test: CampaignKernel, campaignId: string) => (await stored(test, campaignId))[0]!.media!
const isThere = (test: CampaignKernel, fileId: string) =>
  test.read(fileId).then(
    () => true,
    () => false,
  )
const user: Principal = {
  id: 'usr_2',
  role: 'user',
  permissions: new Set(['campaigns:*', 'files:*']),
  instances: 'all',
}

describe('changing a draft', () => {
  it('keeps what is left out: languages and file stay with a new text', async () => {
    await using test = await campaignKernel()
    const fileId = await test.upload('a.pdf', 'first')
    const campaignId = await test.make({ template: 'Hi', languages: { ar: 'أهلا' }, media: { fileId } })
    const before = await mediaOf(test, campaignId)
    const after = await test.run(update, { campaignId, template: 'Hello' })
    expect(after.message.variants).toMatchObject([{ text: 'Hello', languages: { ar: 'أهلا' }, media: before }])
    expect(await test.read(before.fileId)).toBe('first')
  })

  it('changes languages and file by themselves, and takes the file away', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ template: 'Hi', media: { fileId: await test.upload('a.pdf', 'first') } })
    const first = await mediaOf(test, campaignId)
    await test.run(update, { campaignId, languages: { ar: 'أهلا' } })
    await test.run(update, { campaignId, media: { fileId: await test.upload('b.pdf', 'second') } })
    expect(await stored(test, campaignId)).toMatchObject([
      { text: 'Hi', languages: { ar: 'أهلا' }, media: { filename: 'b.pdf' } },
    ])
    const second = await mediaOf(test, campaignId)
    expect(await isThere(test, first.fileId)).toBe(false)
    expect(await test.read(second.fileId)).toBe('second')
    await test.run(update, { campaignId, media: null })
    expect((await stored(test, campaignId))[0]!.media).toBeNull()
    expect(await isThere(test, second.fileId)).toBe(false)
  })

  it('knows the file again that the campaign has already, for anybody who may change it', async () => {
    await using test = await campaignKernel()
    const fileId = await test.upload('a.pdf', 'first', user)
    const { campaignId } = await test.run(
      contract.createCampaign,
      { name: 'c', template: 'Hi', media: { fileId } },
      { principal: user },
    )
    const own = await mediaOf(test, campaignId)
    expect(own.fileId).not.toBe(fileId)
    await test.run(update, { campaignId, media: { fileId: own.fileId, filename: 'b.pdf' } }, { principal: user })
    expect(await mediaOf(test, campaignId)).toEqual({ ...own, filename: 'b.pdf' })
  })

  it('is refused where recipients would lack a value, and leaves no file behind', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ template: 'Hi', recipients: [number(1)] })
    const fileId = await test.upload('a.pdf', 'x')
    const made: string[] = []
    const files = test.service(Files)
    const create = files.create.bind(files)
    files.create = async (it) => {
      const writer = await create(it)
      return {
        ...writer,
        async finish() {
          const info = await writer.finish()
          made.push(info.fileId)
          return info
        },
      }
    }
    await expect(test.run(update, { campaignId, template: 'Hi {{city}}', media: { fileId } })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining("'city' has no value for 201001200001@c.us"),
    })
    expect(made).toHaveLength(1)
    expect(await isThere(test, made[0]!)).toBe(false)
    expect(await stored(test, campaignId)).toMatchObject([{ text: 'Hi', media: null }])
    await test.run(update, { campaignId, template: 'Hi {{city}}', variables: { city: 'Cairo' } })
    expect(await bodies(test, campaignId)).toEqual(['Hi Cairo'])
    await expect(test.run(update, { campaignId, variables: {} })).rejects.toMatchObject({ status: 409 })
  })

  it('does not split recipients anew among other variants', async () => {
    await using test = await campaignKernel()
    const variants = [
      { name: 'A', template: 'a' },
      { name: 'B', template: 'b' },
    ]
    // Who gets which is drawn from the id of the campaign: of so many, some get each.
    const recipients = Array.from({ length: 60 }, (_, i) => number(i + 1))
    const campaignId = await test.make({ variants, recipients })
    await test.run(update, { campaignId, variants: [variants[0]!, { ...variants[1]!, template: 'bb' }] })
    expect(new Set(await bodies(test, campaignId))).toEqual(new Set(['a', 'bb']))
    const three = [...variants, { name: 'C', template: 'c' }]
    await expect(test.run(update, { campaignId, variants: three })).rejects.toMatchObject({ status: 409 })
    await expect(test.run(update, { campaignId, languages: { ar: 'أ' } })).rejects.toMatchObject({ status: 409 })
    await expect(
      test.run(update, { campaignId, variants: [variants[0]!, { ...variants[1]!, name: 'A' }] }),
    ).rejects.toMatchObject({ status: 409 })
  })

  it.each([
    {
      variants: [
        { name: 'A', template: 'a' },
        { name: 'B', template: 'b' },
      ],
      languages: { ar: 'أ' },
    },
    {
      variants: [
        { name: 'A', template: 'a' },
        { name: 'B', template: 'b' },
      ],
      media: { fileId: 'x' },
    },
    {
      variants: [
        { name: 'A', template: 'a' },
        { name: 'B', template: 'b' },
      ],
      template: 'c',
    },
    { variants: [{ name: 'A', template: 'a' }] },
  ])('and making one refuse %j', async (message) => {
    await using test = await campaignKernel()
    const campaignId = await test.make()
    await expect(test.run(contract.createCampaign, { name: 'c', ...message })).rejects.toMatchObject({ status: 400 })
    await expect(test.run(update, { campaignId, ...message })).rejects.toMatchObject({ status: 400 })
  })

  it('loses nothing when two people do it at once: one of them is asked to look again', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make()
    const outcomes = await Promise.allSettled([
      test.run(update, { campaignId, name: 'mine' }),
      test.run(update, { campaignId, pacing: { inFlight: 7 } }),
    ])
    expect(outcomes.map((it) => it.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find((it) => it.status === 'rejected')?.reason).toMatchObject({ status: 409 })
  })

  it('keeps the plan but for what is told', async () => {
    await using test = await campaignKernel()
    const plan = { pacing: { gapMs: 5, perDay: 9 }, sendingHours: 'any', courtesy: 'off', onUnknown: 'skip' } as const
    const campaignId = await test.make({ ...plan, validUntil: '2030-01-01T00:00:00Z' })
    const after = await test.run(update, { campaignId, onUnknown: 'resend' })
    expect(after).toMatchObject({ ...plan, onUnknown: 'resend', validUntil: '2030-01-01T00:00:00Z' })
    expect(await test.run(update, { campaignId, validUntil: null })).toMatchObject({ validUntil: null })
  })
})

describe('a stored template', () => {
  const template = { name: 'Welcome', language: 'en', text: 'Hello {{name}}', variants: { ar: { text: 'أهلا' } } }

  it('gives a campaign its texts and its file as they are then: what is changed later changes no campaign', async () => {
    await using test = await campaignKernel()
    const media = { fileId: await test.upload('a.pdf', 'as it was') }
    const { templateId } = await test.run(createTemplate, { ...template, media })
    const { campaignId } = await test.run(
      contract.createCampaign,
      { name: 'c', template: { templateId }, recipients: [number(1)] },
      { principal: user },
    )
    await test.run(updateTemplate, { templateId, text: 'Something else', variants: {}, media: null })
    expect(await stored(test, campaignId)).toMatchObject([
      { text: 'Hello {{name}}', languages: { ar: 'أهلا' }, media: { filename: 'a.pdf' } },
    ])
    expect(await test.read((await mediaOf(test, campaignId)).fileId)).toBe('as it was')
  })

  it('may be given other languages and another file', async () => {
    await using test = await campaignKernel()
    const { templateId } = await test.run(createTemplate, template)
    const campaignId = await test.make({
      template: { templateId },
      languages: { ar: 'مرحبا', fr: 'Salut' },
      media: { fileId: await test.upload('a.pdf', 'x') },
    })
    expect(await stored(test, campaignId)).toMatchObject([
      { languages: { ar: 'مرحبا', fr: 'Salut' }, media: { filename: 'a.pdf' } },
    ])
  })

  it('has to be there', async () => {
    await using test = await campaignKernel()
    await expect(test.make({ template: { templateId: 'tpl_none' } })).rejects.toMatchObject({ status: 404 })
    expect((await test.run(contract.listCampaigns, {})).items).toEqual([])
  })
})

describe('the end of a campaign', () => {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  const refused = { code: 'WAQ_INPUT_INVALID', status: 400, message: expect.stringContaining("'validUntil'") }

  it('lies ahead, and after the start', async () => {
    await using test = await campaignKernel()
    await expect(test.make({ validUntil: inDays(-1) })).rejects.toMatchObject(refused)
    await expect(test.make({ scheduleAt: inDays(2), validUntil: inDays(1) })).rejects.toMatchObject(refused)
    expect((await test.run(contract.listCampaigns, {})).items).toEqual([])

    const campaignId = await test.make({ scheduleAt: inDays(2), validUntil: inDays(3) })
    const change = (it: object) => test.run(update, { campaignId, ...it })
    await expect(change({ validUntil: inDays(-1) })).rejects.toMatchObject(refused)
    await expect(change({ validUntil: inDays(1) })).rejects.toMatchObject(refused)
    await expect(change({ scheduleAt: inDays(4) })).rejects.toMatchObject(refused)
    await change({ scheduleAt: null, validUntil: inDays(1) })
    await change({ validUntil: null, scheduleAt: inDays(4) })
  })

  it('that has passed meanwhile keeps nobody from changing something else', async () => {
    const clock = new WallClock()
    await using test = await campaignKernel()
    const campaignId = await test.make({ validUntil: inDays(1) })
    clock.advance(2 * 86_400_000)
    expect(await test.run(update, { campaignId, name: 'later' })).toMatchObject({ name: 'later' })
  })
})

it('hours that begin when they end are refused: nobody could tell whether that is never or always', async () => {
  await using test = await campaignKernel()
  const sendingHours = { from: '10:00', to: '10:00' }
  const refused = { code: 'WAQ_INPUT_INVALID', message: expect.stringContaining("write 'any'") }
  await expect(test.make({ sendingHours })).rejects.toMatchObject(refused)
  const campaignId = await test.make()
  await expect(test.run(update, { campaignId, sendingHours })).rejects.toMatchObject(refused)
})

describe('a copy of a campaign', () => {
  it('has the message with a file of its own, the plan and the recipients in their variants, and is a draft', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({
      name: 'first',
      variants: [
        { name: 'A', template: 'a {{x}}', media: { fileId: await test.upload('a.pdf', 'file') } },
        { name: 'B', template: 'b {{x}}' },
      ],
      pacing: { inFlight: 3 },
      recipients: Array.from({ length: 20 }, (_, i) => ({ to: number(i), variables: { x: `${i}` } })),
      scheduleAt: '2030-01-01T00:00:00Z',
    })
    const copy = await test.run(contract.cloneCampaign, { campaignId }, { principal: user })
    expect(await test.get(copy.campaignId)).toMatchObject({
      name: 'first (copy)',
      status: 'draft',
      total: 20,
      pacing: { inFlight: 3 },
      scheduleAt: null,
    })
    expect(await bodies(test, copy.campaignId)).toEqual(await bodies(test, campaignId))
    await test.run(contract.deleteCampaign, { campaignId })
    expect(await test.read((await mediaOf(test, copy.campaignId)).fileId)).toBe('file')
  })

  it('may begin without recipients, and without the audience', async () => {
    const people = new People()
    people.audiences.set('shop', [people.add(number(1))])
    await using test = await campaignKernel({ people })
    const campaignId = await test.make({ audience: { audienceId: 'shop' } })
    const all = await test.run(contract.cloneCampaign, { campaignId, name: 'again' })
    expect(await test.get(all.campaignId)).toMatchObject({ name: 'again', audienceId: 'shop', total: 0 })
    const none = await test.run(contract.cloneCampaign, { campaignId, recipients: 'none' })
    expect(await test.get(none.campaignId)).toMatchObject({ audienceId: null })
    await test.run(contract.addRecipients, { campaignId: none.campaignId, recipients: [number(2)] })
  })
})

describe('deleting a campaign', () => {
  it.each(['draft', 'scheduled', 'paused', 'cancelled'] as const)(
    'that is %s takes its recipients and its file',
    async (status) => {
      await using test = await campaignKernel()
      const campaignId = await test.make({
        template: 'Hi',
        media: { fileId: await test.upload('a.pdf', 'x') },
        recipients: [number(1)],
        ...(status === 'scheduled' && { scheduleAt: '2030-01-01T00:00:00Z' }),
      })
      const { fileId } = await mediaOf(test, campaignId)
      if (status === 'paused') await test.start(campaignId)
      if (status === 'paused') await test.run(contract.controlCampaign, { campaignId, action: 'pause' })
      if (status === 'cancelled') await test.run(contract.controlCampaign, { campaignId, action: 'cancel' })
      expect(await test.get(campaignId)).toMatchObject({ status })
      await test.run(contract.deleteCampaign, { campaignId })
      await expect(test.get(campaignId)).rejects.toMatchObject({ status: 404 })
      expect(await isThere(test, fileId)).toBe(false)
    },
  )

  it('is refused while it runs', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ recipients: [number(1)] })
    await test.start(campaignId)
    await expect(test.run(contract.deleteCampaign, { campaignId })).rejects.toMatchObject({ status: 409 })
  })
})
