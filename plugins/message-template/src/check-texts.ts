import { type CheckOptions, checkTemplate, type TemplateProblem } from './check.ts'
import type { Multilingual } from './language.ts'
import { parseTemplate } from './template.ts'

/** A problem, and in which of the texts it stands; `null` is the main one without a language. */
export interface TextProblem extends TemplateProblem {
  readonly language: string | null
}

/**
 * Looks through all texts of a message. The variables of the main one are those that the others may use, and those of
 * `known`; with `only: false` they may use others as well, where those are not nearly one of these.
 * @example checkTexts({ language: null, text: 'Hi {{name}}', variants: { ar: { text: '{{nam}}' } } }) // [{ language: 'ar', code: 'misspelt', … }]
 */
export function checkTexts(
  { language, text, variants }: Multilingual,
  { known = [], only = true }: CheckOptions = {},
): TextProblem[] {
  const names = [...new Set([...parseTemplate(text).names, ...known])]
  return [
    ...checkTemplate(text).map((it) => ({ language, ...it })),
    ...Object.entries(variants).flatMap(([tag, variant]) =>
      checkTemplate(variant.text, { known: names, only }).map((it) => ({ language: tag, ...it })),
    ),
  ]
}
