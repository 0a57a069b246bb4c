import { createTemplate } from '@waqtor/plugin-templates/contract'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { campaignKernel, number } from './fixtures/campaign-kernel.ts'

const create = contract.createCampaign
const codes = (warnings: readonly contract.MessageWarning[]) => warnings.map((it) => it.code)

describe('a text in which something is probably not meant', () => {
  it.each([
    ['{{first.name}} hi', ['unsupported']],
    ['{{name}', ['unclosed']],
    ['Hi {{order.id}} {{Nme', ['unsupported', 'unclosed']],
    ['Hi {{name}} {{city|there}}', []],
  ])('is warned of as a template is: %s', async (template, expected) => {
    await using test = await campaignKernel()
    const stored = await test.run(createTemplate, { name: 't', text: template })
    const made = await test.run(create, { name: 'c', template, recipients: [] })
    expect(codes(made.warnings)).toEqual(expected)
    expect(made.warnings).toEqual(stored.warnings.map((it) => ({ ...it, variant: null })))
    const { campaignId } = made
    const preview = await test.run(contract.previewCampaign, { campaignId })
    expect(preview.warnings).toEqual(made.warnings)
    const changed = await test.run(contract.updateCampaign, { campaignId, name: 'd' })
    expect(changed.warnings).toEqual(made.warnings)
    expect(await test.run(contract.updateCampaign, { campaignId, template: 'Hi' })).toMatchObject({ warnings: [] })
  })

  it('is named by its variant and its language; other names than those of the main text may be there', async () => {
    await using test = await campaignKernel()
    const { warnings } = await test.run(create, {
      name: 'c',
      variables: { shop: 'Nile' },
      variants: [
        { name: 'A', template: 'Hi {{name}}', languages: { ar: '{{nme|}} {{shop}} {{phone}} {{colour|}}' } },
        { name: 'B', template: 'Hi {{' },
      ],
      recipients: [number(1)],
    })
    expect(warnings.map(({ variant, language, code, column }) => [variant, language, code, column])).toEqual([
      ['A', 'ar', 'misspelt', 1],
      ['B', null, 'unclosed', 4],
    ])
  })
})
