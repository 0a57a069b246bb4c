const languages = [
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

/** Common languages by their codes, and their names in English, Arabic, Persian and themselves. */
const known = new Map(
  languages.flatMap((code) => {
    const names = ['en', 'ar', 'fa', code].map((it) => new Intl.DisplayNames(it, { type: 'language' }).of(code) ?? code)
    return [code, ...names].map((it) => [it.toLowerCase(), code] as const)
  }),
)

/**
 * The BCP 47 tag of a language as people write it: `AR`, `en_GB`, `Arabic`, `العربية`.
 * @returns undefined when it is none
 */
export function languageTag(written: string): string | undefined {
  const common = known.get(written.toLowerCase())
  if (common) return common
  try {
    const tag = Intl.getCanonicalLocales(written.replaceAll('_', '-'))[0]
    return tag && /^[a-z]{2,3}(-|$)/.test(tag) ? tag : undefined
  } catch {
    return undefined
  }
}
