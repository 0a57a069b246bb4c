import { canonicalLanguage, type Multilingual, parseTemplate } from '@waqtor/message-template'
import { invalid } from './invalid.ts'

/**
 * The texts with their languages in the usual writing.
 * @throws WaqtorError WAQ_INPUT_INVALID (400) for a tag that is none, and for two texts in one language
 */
export function inUsualWriting<T extends Multilingual>({ language, variants, ...rest }: T) {
  const main = language === null ? null : canonical(language, 'language')
  const texts: Record<string, { readonly text: string }> = {}
  for (const [tag, { text }] of Object.entries(variants)) {
    const path = `variants.${tag}`
    const written = canonical(tag, path)
    if (written === main)
      throw invalid(path, `'${written}' is the language of the main text: a variant is in another one`)
    if (Object.hasOwn(texts, written)) throw invalid(path, `there is a variant in '${written}' already`)
    texts[written] = { text }
  }
  return { ...rest, language: main, variants: texts }
}

function canonical(tag: string, path: string): string {
  const written = canonicalLanguage(tag)
  if (written === undefined) throw invalid(path, `'${tag}' is no language tag (BCP 47) such as 'ar' or 'en-GB'`)
  return written
}

/** The variables of all texts together. */
export function variablesOf({ text, variants }: Multilingual): { variables: string[]; required: string[] } {
  const parsed = [text, ...Object.values(variants).map((it) => it.text)].map(parseTemplate)
  return {
    variables: [...new Set(parsed.flatMap((it) => it.names))],
    required: [...new Set(parsed.flatMap((it) => it.required))],
  }
}
