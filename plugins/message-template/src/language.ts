/** Real tags are far shorter; what is longer is no tag, and not worth the work. */
const longestTag = 64

/**
 * A language tag (BCP 47) in its usual writing: `AR-eg` → `ar-EG`; nothing for what is none.
 * @example canonicalLanguage('arabic') // undefined
 */
export function canonicalLanguage(tag: string): string | undefined {
  // Words are well-formed tags, too, and no language has a code that long.
  if (!/^[a-z]{2,3}(-|$)/i.test(tag)) return undefined
  try {
    return Intl.getCanonicalLocales(tag)[0]
  } catch {
    return undefined
  }
}

/**
 * The best of the available languages for somebody: their own, or else what remains when it is shortened from the right
 * (`zh-Hant-TW`, `zh-Hant`, `zh`), or else the fallback. Case does not matter, and `ar_EG` is read as `ar-EG`.
 * @example chooseLanguage(['en', 'ar'], 'ar-EG', 'en') // 'ar'
 */
export function chooseLanguage<F extends string | null>(
  available: readonly string[],
  wanted: string | null,
  fallback: F,
): string | F {
  let tag = wanted === null || wanted.length > longestTag ? '' : wanted.replaceAll('_', '-').toLowerCase()
  while (tag !== '') {
    const found = available.find((it) => it.toLowerCase() === tag)
    if (found !== undefined) return found
    tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))
  }
  return fallback
}

/** A text with what people of other languages get instead of it. */
export interface Multilingual {
  /** Of `text`; `null` when it is not known. */
  readonly language: string | null
  readonly text: string
  readonly variants: Readonly<Record<string, { readonly text: string }>>
}

/**
 * The text for somebody of a language, and the language it is in.
 * @example textIn({ language: 'en', text: 'Hi', variants: { ar: { text: 'أهلا' } } }, 'ar-EG') // { language: 'ar', text: 'أهلا' }
 */
export function textIn(
  { language, text, variants }: Multilingual,
  wanted: string | null,
): { readonly language: string | null; readonly text: string } {
  const available = [...(language === null ? [] : [language]), ...Object.keys(variants)]
  const chosen = chooseLanguage(available, wanted, language)
  const variant = chosen === null || chosen === language ? undefined : variants[chosen]
  return variant ? { language: chosen, text: variant.text } : { language, text }
}
