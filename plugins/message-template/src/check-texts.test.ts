import { expect, it } from 'vitest'
import { checkTexts } from './check-texts.ts'

const found = (...args: Parameters<typeof checkTexts>) =>
  checkTexts(...args).map(({ language, code, fix }) => [language, code, fix.slice(0, 22)])
const message = (text: string, ar: string) => ({ language: 'en', text, variants: { ar: { text: ar } } })

it('looks through all texts, each by the variables of the main one', () => {
  expect(found(message('Hi {{name}} {{a.b}}', '{{name}} {{nam}} {{city}} {{'))).toEqual([
    ['en', 'unsupported', 'There is nothing to lo'],
    ['ar', 'misspelt', "Did you mean '{{name}}"],
    ['ar', 'unknown', "Use one of: 'name'."],
    ['ar', 'unclosed', "Write '}}' after the n"],
  ])
})

it('takes other names for known where there may be more of them', () => {
  const known = ['phone']
  expect(found(message('Hi', '{{phone}} {{city}}'), { known, only: false })).toEqual([])
  expect(found(message('Hi', '{{phon}}'), { known, only: false })).toMatchObject([
    ['ar', 'misspelt', expect.anything()],
  ])
})
