import { FakeTransport } from '@waqtor/plugin-messages/testing'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { campaignKernel, number } from './fixtures/campaign-kernel.ts'
import { People } from './fixtures/people.ts'

describe('a test of a campaign', () => {
  it('goes to the account’s own number with the values of the first recipient, and is no recipient', async () => {
    await using test = await campaignKernel()
    const network = new FakeTransport()
    test.account.connect(network)
    const campaignId = await test.make({
      template: 'Hi {{name}} in {{city}} {{phone}}',
      recipients: [
        { to: number(1), variables: { name: 'Mona', city: 'Cairo' } },
        { to: number(2), variables: { name: 'Omar', city: 'Giza' } },
      ],
    })
    const own = '201000000000@c.us'
    const body = 'Hi Mona in Cairo +201000000000'
    expect(await test.run(contract.sendTest, { campaignId })).toMatchObject({ to: own, body })
    expect(network.accepted.map((it) => it.message)).toMatchObject([{ chatId: own, body }])
    expect(await test.get(campaignId)).toMatchObject({ status: 'draft', total: 2, sent: 0 })
  })

  it('goes to another number, with other values, in a language and a variant, with the file', async () => {
    await using test = await campaignKernel()
    const network = new FakeTransport()
    test.account.connect(network)
    const campaignId = await test.make({
      variants: [
        { name: 'A', template: 'a' },
        {
          name: 'B',
          template: 'b {{x}}',
          languages: { ar: 'ب {{x}}' },
          media: { fileId: await test.upload('menu.pdf', 'bytes'), kind: 'document' },
        },
      ],
    })
    const answer = await test.run(contract.sendTest, {
      campaignId,
      to: '+20 100 123 4567',
      variant: 'B',
      language: 'ar',
      variables: { x: 7 },
    })
    expect(answer).toMatchObject({ to: '201001234567@c.us', body: 'ب 7' })
    const [{ message }] = network.accepted as [(typeof network.accepted)[0]]
    expect(message.media).toMatchObject({ kind: 'document', filename: 'menu.pdf' })
    expect(Buffer.from(message.media!.data).toString()).toBe('bytes')
    await expect(test.run(contract.sendTest, { campaignId, variant: 'C' })).rejects.toMatchObject({ status: 404 })
  })

  it('has the values of the first member of an audience', async () => {
    const people = new People()
    people.audiences.set('shop', [people.add(number(1), { name: 'Mona', language: 'ar' })])
    await using test = await campaignKernel({ people })
    test.account.connect(new FakeTransport())
    const campaignId = await test.make({
      audience: { audienceId: 'shop' },
      template: 'Hi {{name}}',
      languages: { ar: 'أهلا {{name}}' },
    })
    expect(await test.run(contract.sendTest, { campaignId })).toMatchObject({ body: 'أهلا Mona' })
  })

  it('says which value it lacks, and where nobody knows the own number', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ template: 'Hi {{city}}' })
    await expect(test.run(contract.sendTest, { campaignId })).rejects.toMatchObject({
      code: 'WAQ_SESSION_NOT_READY',
      message: expect.stringContaining("name the number with 'to'"),
    })
    await expect(test.run(contract.sendTest, { campaignId, to: number(1) })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining("'city' has no value"),
    })
  })
})
