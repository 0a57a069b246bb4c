const common = [
  'ar',
  'bn',
  'de',
  'en',
  'es',
  'fa',
  'fr',
  'he',
  'hi',
  'id',
  'it',
  'ms',
  'nl',
  'pt',
  'ru',
  'sw',
  'tr',
  'ur',
  'zh',
]

/** Common languages by their names in English, Arabic, Persian and themselves. */
const byName = new Map(
  common.flatMap((code) =>
    ['en', 'ar', 'fa', code].map((inLanguage) => {
      const name = new Intl.DisplayNames(inLanguage, { type: 'language' }).of(code) ?? code
      return [name.toLowerCase(), code] as const
    }),
  ),
)

/**
 * The BCP 47 tag of a language as people write it: `AR`, `en_GB`, `Arabic`, `العربية`.
 * @returns undefined when it is none
 */
export function languageTag(written: string): string | undefined {
  const named = byName.get(written.toLowerCase())
  if (named) return named
  try {
    const tag = Intl.getCanonicalLocales(written.replaceAll('_', '-'))[0]
    return tag && /^[a-z]{2,3}(-|$)/.test(tag) ? tag : undefined
  } catch {
    return undefined
  }
}
