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

let byName: ReadonlyMap<string, string> | undefined

/**
 * Common languages by their names in English, Arabic, Persian and themselves. The runtime has to load these for each language,
 * some 10 MB in all, so it is asked when the first name is met: most files have codes, or say nothing.
 */
function codeNamed(name: string): string | undefined {
  byName ??= new Map(
    languages.flatMap((code) => {
      const names = ['en', 'ar', 'fa', code].map((it) => new Intl.DisplayNames(it, { type: 'language' }).of(code))
      return names.map((it) => [(it ?? code).toLowerCase(), code] as const)
    }),
  )
  return byName.get(name.toLowerCase())
}

/**
 * The BCP 47 tag of a language as people write it: `AR`, `en_GB`, `Arabic`, `العربية`.
 * @returns undefined when it is none
 */
export function languageTag(written: string): string | undefined {
  return tagOf(written) ?? codeNamed(written)
}

function tagOf(written: string): string | undefined {
  try {
    const tag = Intl.getCanonicalLocales(written.replaceAll('_', '-'))[0]
    return tag && /^[a-z]{2,3}(-|$)/.test(tag) ? tag : undefined
  } catch {
    return undefined
  }
}
