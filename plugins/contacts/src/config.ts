import { z } from '@waqtor/kernel'
import { type ChoiceLanguage, choiceWords } from './opt-out/words.ts'

const Words = z.array(z.string().trim().min(1).max(100)).max(1_000).default([])
const languages = Object.keys(choiceWords) as [ChoiceLanguage, ...ChoiceLanguage[]]

export const config = z.strictObject({
  optOut: z
    .enum(['instance', 'everywhere'])
    .default('instance')
    .describe('Whether an opt-out holds for the account that was written to, or for all of them'),
  optOutStops: z
    .array(z.enum(['api', 'campaign', 'smartbot', 'interactive']))
    .default(['campaign'])
    .describe('What is not sent to people who opted out'),
  optOutWords: z
    .strictObject({
      out: Words.describe('More words that opt out'),
      in: Words.describe('More words that opt in again'),
      without: z.array(z.enum(languages)).default([]).describe('Languages whose words do not count'),
    })
    .prefault({}),
})
