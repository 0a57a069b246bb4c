import { Files } from '@waqtor/contracts'
import { type Principal, systemPrincipal } from '@waqtor/kernel'
import { FakeTransport } from '@waqtor/plugin-messages/testing'
import { readTable } from '@waqtor/tabular'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { type CampaignKernel, campaignKernel, number } from './fixtures/campaign-kernel.ts'

const owner: Principal = { id: 'usr_2', role: 'user', permissions: new Set(['campaigns:read']), instances: 'all' }

/** A campaign of which one was sent and one failed. */
async function done(name = 'Spring sale', template = 'Hello {{name}}'): Promise<[CampaignKernel, string]> {
  const test = await campaignKernel()
  const network = new FakeTransport()
  network.behaviour = ({ chatId }) =>
    chatId.startsWith(number(2)) ? { do: 'reject', failure: 'invalid-number' } : undefined
  test.account.connect(network)
  const campaignId = await test.make({
    name,
    template,
    recipients: [
      { to: number(1), variables: { name: 'Mona, "the first"\nof all' } },
      { to: number(2), variables: { name: '=cmd()' } },
    ],
  })
  await test.start(campaignId)
  await test.until(campaignId, 'completed')
  return [test, campaignId]
}

async function rowsOf(test: CampaignKernel, fileId: string, format: 'csv' | 'xlsx') {
  const { path } = await test.service(Files).open(fileId, systemPrincipal)
  const rows: Record<string, string>[] = []
  for await (const { table, rows: some } of readTable(path, { filename: `x.${format}` }))
    for (const { values } of some) rows.push(Object.fromEntries(table.columns.map((it, i) => [it, values[i]!])))
  return rows
}

describe('an export', () => {
  it.each(['csv', 'xlsx'] as const)('tells in %s what became of each', async (format) => {
    const [test, campaignId] = await done()
    await using _ = test
    const made = await test.run(contract.exportCampaign, { campaignId, format })
    expect(made).toMatchObject({ filename: `Spring sale.${format}`, rows: 2 })
    const rows = await rowsOf(test, made.fileId, format)
    expect(rows).toMatchObject([
      { phone: `+${number(1)}`, state: 'sent', reason: '', attempt: '1', text: 'Hello Mona, "the first"\nof all' },
      { phone: `+${number(2)}`, state: 'failed', reason: 'not-on-whatsapp', sent: '' },
    ])
    expect(Date.parse(rows[0]!.sent!)).toBeGreaterThan(0)
    expect(rows[0]).not.toHaveProperty('variant')
  })

  it('holds no cell that a spreadsheet would run', async () => {
    const [test, campaignId] = await done('c', '{{name}}')
    await using _ = test
    const { fileId } = await test.run(contract.exportCampaign, { campaignId })
    const text = await test.read(fileId)
    expect(text).toContain('cmd()')
    expect(text).not.toMatch(/(^|,|")=cmd/m)
  })

  it('may be of one state, belongs to whoever asked, and has a name that is no path', async () => {
    const [test, campaignId] = await done('../a/b\\c')
    await using _ = test
    const call = { principal: owner }
    const made = await test.run(contract.exportCampaign, { campaignId, state: 'failed' }, call)
    expect(made).toMatchObject({ rows: 1 })
    expect(made.filename).not.toMatch(/[/\\]/)
    const files = test.service(Files)
    expect(await files.open(made.fileId, owner)).toMatchObject({ bytes: made.bytes })
    await expect(files.open(made.fileId, { ...owner, id: 'usr_3' })).rejects.toMatchObject({ status: 404 })
  })

  it('shows the variant where there are several, and can be followed from page to page', async () => {
    await using test = await campaignKernel()
    const variants = [
      { name: 'A', template: 'a' },
      { name: 'B', template: 'b' },
    ]
    const recipients = Array.from({ length: 1_200 }, (_, i) => number(i))
    const campaignId = await test.make({ variants, recipients })
    const made = await test.run(contract.exportCampaign, { campaignId })
    const rows = await rowsOf(test, made.fileId, 'csv')
    expect(rows.map((it) => it.phone).sort()).toEqual(recipients.map((it) => `+${it}`))
    expect(new Set(rows.map((it) => it.variant))).toEqual(new Set(['A', 'B']))
  })
})
