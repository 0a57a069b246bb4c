import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FakeTransport } from '@waqtor/plugin-messages/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { type CampaignKernel, campaignKernel, number } from './fixtures/campaign-kernel.ts'

let asked: string[]
let place: string
let end: () => Promise<void>
beforeEach(async () => {
  asked = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    if (request.url === '/none.pdf') response.writeHead(404).end()
    else response.setHeader('content-type', 'application/pdf').end(`the file ${asked.length}`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  place = `127.0.0.1:${(server.address() as AddressInfo).port}`
  end = async () => {
    if (!server.listening) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})
afterEach(() => end())

const start = () => campaignKernel({ messages: { media: { allowPrivate: [place] } } })
const mediaOf = async (test: CampaignKernel, campaignId: string) =>
  (await test.get(campaignId)).message.variants.map(({ media }) => media!)

describe('a file that is named by its URL', () => {
  it('is fetched once, when the campaign is made, and sent from then on', async () => {
    await using test = await start()
    const network = new FakeTransport()
    test.account.connect(network)
    const media = { url: `http://${place}/menu.pdf` }
    const recipients = [1, 2, 3].map((i) => number(i))
    const campaignId = await test.make({ template: 'Our menu', media, recipients, sendingHours: 'any' })
    expect(await mediaOf(test, campaignId)).toMatchObject([{ kind: 'document', filename: 'menu.pdf' }])
    expect(asked).toEqual(['/menu.pdf'])
    await end()
    await test.start(campaignId)
    await test.until(campaignId, 'completed')
    expect(network.accepted.map(({ message }) => Buffer.from(message.media!.data).toString())).toEqual(
      Array(3).fill('the file 1'),
    )
  })

  it('takes the place of another, which goes, and is copied with the campaign', async () => {
    await using test = await start()
    const campaignId = await test.make({ template: 'Hi', media: { fileId: await test.upload('a.pdf', 'first') } })
    const [first] = await mediaOf(test, campaignId)
    const media = { url: `http://${place}/menu.pdf`, filename: 'b.pdf' }
    await test.run(contract.updateCampaign, { campaignId, media })
    const [second] = await mediaOf(test, campaignId)
    expect(second!.filename).toBe('b.pdf')
    await expect(test.read(first!.fileId)).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
    const copy = await test.run(contract.cloneCampaign, { campaignId })
    await test.run(contract.deleteCampaign, { campaignId })
    expect(await test.read((await mediaOf(test, copy.campaignId))[0]!.fileId)).toBe('the file 1')
    expect(asked).toHaveLength(1)
  })

  it('that cannot be had makes no campaign, says why, and leaves no other file behind', async () => {
    await using test = await start()
    const part = (path: string, name: string) => ({ name, template: 'Hi', media: { url: `http://${place}${path}` } })
    await expect(test.make({ variants: [part('/menu.pdf', 'A'), part('/none.pdf', 'B')] })).rejects.toMatchObject({
      ...{ code: 'WAQ_MEDIA_INVALID', status: 400, message: expect.stringContaining('answers 404') },
    })
    expect(asked).toEqual(['/menu.pdf', '/none.pdf'])
    const elsewhere = test.make({ template: 'Hi', media: { url: 'http://127.0.0.2:8080/' } })
    await expect(elsewhere).rejects.toMatchObject({ code: 'WAQ_URL_REFUSED', status: 400 })
    expect((await test.run(contract.listCampaigns, {})).items).toEqual([])
    expect(test.files()).toEqual([])
  })

  it('is named alone, by a URL', async () => {
    await using test = await start()
    for (const media of [{}, { fileId: 'x', url: `http://${place}/` }, { url: 'ftp://example.com/a' }])
      await expect(test.make({ template: 'Hi', media })).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    expect(asked).toEqual([])
  })
})
