import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Principal, systemPrincipal } from '@waqtor/kernel'
import { writeTable } from '@waqtor/tabular'
import { describe, expect, it } from 'vitest'
import * as contract from '../contract.ts'
import { campaignKernel, number, sharedDirectory } from '../fixtures/campaign-kernel.ts'
import { People } from '../fixtures/people.ts'

const create = contract.createCampaign
const chats = (items: readonly { chatId: string }[]) => items.map((it) => it.chatId)

describe('recipients of a list', () => {
  it('are one person in whatever writing', async () => {
    await using test = await campaignKernel()
    const answer = await test.run(create, {
      name: 'c',
      template: 'Hi',
      recipients: ['+20 100 123 4567', '00201001234567', '201001234567@c.us', '٠٠٢٠١٠٠١٢٣٤٥٦٧', '(+20) 100-123-4567'],
    })
    expect(answer).toMatchObject({ accepted: 1, duplicates: 4, rejectedCount: 0 })
  })

  it('are rejected by their place, with what is wrong; the first thousand are shown and all are counted', async () => {
    await using test = await campaignKernel()
    const answer = await test.run(create, {
      name: 'c',
      template: 'Hi',
      recipients: ['201001234567', ...Array.from({ length: 3_000 }, (_, i) => `nobody ${i}`)],
    })
    expect(answer).toMatchObject({ accepted: 1, rejectedCount: 3_000 })
    expect(answer.rejected).toHaveLength(1_000)
    expect(answer.rejected[0]).toMatchObject({ line: 2, value: 'nobody 0' })
  })

  it('bring what their contact knows, and their own wins', async () => {
    const people = new People()
    people.add(number(1), { name: 'Mona', language: 'ar', fields: { city: 'Cairo', shop: 'Giza' } })
    await using test = await campaignKernel({ people })
    const campaignId = await test.make({
      template: '{{name}} {{city}} {{shop}}',
      languages: { ar: 'عربي {{name}} {{city}} {{shop}}' },
      recipients: [{ to: number(1), variables: { shop: 'Luxor' } }],
    })
    const { items } = await test.run(contract.previewCampaign, { campaignId })
    expect(items).toMatchObject([{ body: 'عربي Mona Cairo Luxor', language: 'ar' }])
  })

  it('keep a variable that is called like a part of every object', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({
      template: '{{constructor}} {{toString|none}}',
      recipients: [JSON.parse(`{"to":"${number(1)}","variables":{"constructor":"own"}}`)],
    })
    expect((await test.run(contract.previewCampaign, { campaignId })).items).toMatchObject([{ body: 'own none' }])
  })
})

describe('recipients of a file', () => {
  it('bring every column as a variable, under the name that the file gives it', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({
      template: '{{name}} {{المدينة}} {{Order No}}',
      file: { csv: 'phone;name;المدينة;Order No\n201001234567;Mona;القاهرة;7\n' },
    })
    expect((await test.run(contract.previewCampaign, { campaignId })).items).toMatchObject([{ body: 'Mona القاهرة 7' }])
  })

  it.each(['csv', 'xlsx', 'json'] as const)('are read from an uploaded %s file', async (format) => {
    await using test = await campaignKernel()
    const content =
      format === 'json' ? JSON.stringify([{ phone: number(1), city: 'Cairo' }]) : await table(test.directory, format)
    const fileId = await test.upload(`people.${format}`, content)
    const answer = await test.run(create, { name: 'c', template: 'Hi {{city}}', file: { fileId } })
    expect(answer).toMatchObject({ accepted: 1, rejectedCount: 0 })
    const { campaignId } = answer
    expect((await test.run(contract.previewCampaign, { campaignId })).items).toMatchObject([{ body: 'Hi Cairo' }])
  })

  it('are all taken from a file without a heading', async () => {
    await using test = await campaignKernel()
    const file = { csv: `${number(1)},Mona\n${number(2)},Omar\n` }
    const campaignId = await test.make({ template: 'Hi {{column 2}}', file })
    expect((await test.run(contract.previewCampaign, { campaignId })).items.map((it) => it.body)).toEqual([
      'Hi Mona',
      'Hi Omar',
    ])
  })

  it('are found in the column that is named', async () => {
    await using test = await campaignKernel()
    const campaignId = await test.make({ file: { csv: `phone,spare\n1,${number(1)}\n`, phoneColumn: 'spare' } })
    expect(chats(await test.recipients(campaignId))).toEqual([`${number(1)}@c.us`])
  })

  it('are rejected by their line, into a file that can be corrected and added', async () => {
    await using test = await campaignKernel()
    const csv = `phone,city\n${number(1)},Cairo\n12,Giza\n${number(2)},\n${number(1)},Luxor\n`
    const answer = await test.run(create, { name: 'c', template: 'Hi {{city}}', file: { csv } })
    expect(answer).toMatchObject({
      accepted: 1,
      duplicates: 1,
      rejectedCount: 2,
      rejected: [
        { line: 3, value: '12' },
        { line: 4, reason: "the variable 'city' has no value" },
      ],
    })
    const bad = await test.read(answer.rejectedFileId!)
    expect(bad.split('\n').map((it) => it.trim())).toEqual([
      expect.stringMatching(/phone,city/),
      expect.stringMatching(/12,Giza/),
      expect.stringMatching(new RegExp(`${number(2)},`)),
      '',
    ])
    const mended = bad.replace('12,Giza', `${number(3)},Giza`).replace(`${number(2)},`, `${number(2)},Aswan`)
    const { campaignId } = answer
    expect(
      await test.run(contract.addRecipients, {
        campaignId,
        file: { fileId: await test.upload('rejected.csv', mended) },
      }),
    ).toMatchObject({ accepted: 2, rejectedCount: 0 })
    expect((await test.run(contract.previewCampaign, { campaignId })).items.map((it) => it.body)).toEqual([
      'Hi Cairo',
      'Hi Giza',
      'Hi Aswan',
    ])
  })

  it('leave nothing behind when the file cannot be read', async () => {
    await using test = await campaignKernel()
    const media = { fileId: await test.upload('a.png', 'x') }
    const files = () => test.kernel.commands.execute('files.list', {}, { via: 'internal', principal: systemPrincipal })
    const before = await files()
    for (const file of [
      { csv: 'name,city\nMona,Cairo\n' },
      { csv: '' },
      { fileId: 'fil_none' },
      { csv: 'phone\n1', phoneColumn: 'x' },
    ])
      await expect(test.run(create, { name: 'c', template: 'Hi', media, file })).rejects.toMatchObject({
        status: expect.toSatisfy((it: number) => it >= 400 && it < 500),
      })
    expect((await test.run(contract.listCampaigns, {})).items).toEqual([])
    expect(await files()).toEqual(before)
  })

  it('may not be those of a file that somebody else handed in', async () => {
    await using test = await campaignKernel()
    const fileId = await test.upload('people.csv', `phone\n${number(1)}\n`)
    const call = { principal: somebody }
    await expect(test.run(create, { name: 'c', template: 'Hi', file: { fileId } }, call)).rejects.toMatchObject({
      status: 404,
    })
  })
})

describe('an audience', () => {
  const shop = (count: number, more: (i: number) => object = () => ({})) => {
    const people = new People()
    people.audiences.set(
      'shop',
      Array.from({ length: count }, (_, i) => people.add(number(i), { name: `N${i}`, ...more(i) })),
    )
    return people
  }
  const audience = { audienceId: 'shop' }

  it('has to be there', async () => {
    await using test = await campaignKernel()
    await expect(test.make({ audience: { audienceId: 'none' } })).rejects.toMatchObject({ status: 404 })
  })

  it('stands alone', async () => {
    await using test = await campaignKernel({ people: shop(1) })
    await expect(test.make({ audience, recipients: [number(1)] })).rejects.toMatchObject({ status: 400 })
    const campaignId = await test.make({ audience })
    await expect(test.run(contract.addRecipients, { campaignId, recipients: [number(1)] })).rejects.toMatchObject({
      status: 409,
    })
  })

  it('is settled at the start: who joins later gets nothing, who leaves gets it', async () => {
    const people = shop(2)
    await using test = await campaignKernel({ people })
    const campaignId = await test.make({ audience, template: 'Hi {{name}}' })
    people.audiences.get('shop')!.push(people.add(number(7), { name: 'Seven' }))
    await test.start(campaignId)
    people.audiences.set('shop', [])
    expect(chats(await test.recipients(campaignId))).toEqual(
      [number(0), number(1), number(7)].map((it) => `${it}@c.us`),
    )
    expect(await test.get(campaignId)).toMatchObject({ total: 3, status: 'running', audienceId: 'shop' })
  })

  it('is not started while it is empty', async () => {
    await using test = await campaignKernel({ people: shop(0) })
    const campaignId = await test.make({ audience })
    await expect(test.start(campaignId)).rejects.toMatchObject({ status: 409 })
    test.people.audiences.get('shop')!.push(test.people.add(number(1)))
    expect(await test.start(campaignId)).toEqual({ status: 'running' })
    expect(await test.get(campaignId)).toMatchObject({ total: 1 })
  })

  it('goes on after a crash in the middle of being settled', async () => {
    await using shared = await sharedDirectory()
    const people = shop(5_000, (i) => ({ fields: i % 1_000 === 7 ? {} : { city: 'Cairo' } }))
    const before = await campaignKernel({ directory: shared.path, people })
    const campaignId = await before.make({ audience, template: 'Hi {{city}}' })
    const start = { campaignId, leaveOutIncomplete: true }
    people.beforePage = (after) => {
      if (after > 2_000_000) throw new Error('pulled the plug')
    }
    await expect(before.run(contract.startCampaign, start)).rejects.toThrow('pulled the plug')
    await before[Symbol.asyncDispose]()

    const pages: number[] = []
    people.beforePage = (after) => pages.push(after)
    await using test = await campaignKernel({ directory: shared.path, people })
    expect(await test.get(campaignId)).toMatchObject({ status: 'draft' })
    await test.run(contract.startCampaign, start)
    expect(pages).toEqual([4_000_000])
    expect(await test.get(campaignId)).toMatchObject({ status: 'running', total: 4_995, leftOut: 5 })
  })

  it('is not started while somebody of it lacks a value, unless they are to be left out', async () => {
    const people = shop(4, (i) => ({ fields: i === 2 ? {} : { city: 'Cairo' } }))
    await using test = await campaignKernel({ people })
    const campaignId = await test.make({ audience, template: '{{name}} {{city}}' })
    await expect(test.start(campaignId)).rejects.toMatchObject({
      status: 409,
      message: expect.stringMatching(
        /1 of the audience cannot get the message.*201001200002.*'city'.*leaveOutIncomplete/,
      ),
    })
    expect(await test.get(campaignId)).toMatchObject({ status: 'draft', total: 0, leftOut: 0 })
    await test.run(contract.startCampaign, { campaignId, leaveOutIncomplete: true })
    expect(await test.get(campaignId)).toMatchObject({ status: 'running', total: 3, leftOut: 1 })
  })
})

const somebody: Principal = {
  id: 'usr_2',
  role: 'user',
  permissions: new Set(['campaigns:write']),
  instances: 'all',
}

async function table(directory: string, format: 'csv' | 'xlsx'): Promise<Uint8Array> {
  const path = join(directory, `table.${format}`)
  await writeTable(path, format, ['phone', 'city'], [[number(1), 'Cairo']])
  return readFile(path)
}
