import { z } from '@waqtor/kernel'
import { CodeLength, FeatureName } from './contract/features.ts'

// `features:…` is what people enter codes with: gated, it would lock the door from the inside.
const Permission = z
  .string()
  .regex(/^[a-z][a-z0-9-]*:(\*|[a-z][a-z0-9-]*)$/, "must be '<area>:<what>' or '<area>:*'")
  .refine((it) => !it.startsWith('features:'), "'features:…' cannot be gated: codes are entered with it")

const FeatureSpec = z.strictObject({
  permissions: z.array(Permission).min(1).max(100).describe('Whatever asks for one of these belongs to the feature'),
})

export const Config = z
  .strictObject({
    features: z
      .record(FeatureName, FeatureSpec)
      .default({
        campaigns: { permissions: ['campaigns:*'] },
        reports: { permissions: ['reports:*'] },
        interactive: { permissions: ['interactive:*'] },
      })
      .describe('What can be opened as one'),
    gated: z
      .array(FeatureName)
      .default(['campaigns', 'reports', 'interactive'])
      .describe('The features that take a code or a subscription; none of them: []'),
    codeLength: CodeLength.default(6).describe('Digits of a new code'),
  })
  .superRefine(({ features, gated }, ctx) => {
    for (const [index, name] of gated.entries()) {
      if (Object.hasOwn(features, name)) continue
      const message = `there is no feature '${name}'; there are ${Object.keys(features).join(', ') || 'none'}`
      ctx.addIssue({ code: 'custom', path: ['gated', index], message })
    }
  })
export type Config = z.output<typeof Config>
