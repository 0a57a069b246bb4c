import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalLanguage, chooseLanguage, textIn } from './language.ts'

describe('choosing a language', () => {
  it.each([
    ['ar-EG', ['ar', 'ar-EG'], 'ar-EG'],
    ['ar-EG', ['en', 'ar'], 'ar'],
    ['AR_eg', ['ar-EG'], 'ar-EG'],
    ['zh-Hant-TW', ['zh', 'zh-Hant'], 'zh-Hant'],
    ['ar', ['ar-EG'], 'fallback'],
    ['fr', ['en', 'ar'], 'fallback'],
    ['', ['en'], 'fallback'],
    [null, ['en'], 'fallback'],
    ['e', ['en'], 'fallback'],
  ])('gives those who want %s of %j %s', (wanted, available, expected) => {
    expect(chooseLanguage(available, wanted, 'fallback')).toBe(expected)
  })

  it('answers one that is available, or else the fallback', () => {
    const tag = fc.string({ unit: fc.constantFrom('a', 'r', 'A', '-', '_', 'E', 'G'), maxLength: 8 })
    fc.assert(
      fc.property(fc.array(tag), fc.option(tag), (available, wanted) => {
        const chosen = chooseLanguage(available, wanted, null)
        if (chosen !== null) expect(available).toContain(chosen)
        if (wanted && !wanted.includes('_') && available.includes(wanted))
          expect(chosen?.toLowerCase()).toBe(wanted.toLowerCase())
      }),
    )
  })

  it('is not kept busy by what is no tag', () => {
    expect(chooseLanguage(['en'], `en${'-a'.repeat(500_000)}`, null)).toBeNull()
  })
})

describe('the text for somebody', () => {
  const message = { language: 'en', text: 'Hi', variants: { ar: { text: 'أهلا' }, fr: { text: 'Salut' } } }
  it.each([
    ['ar-EG', 'ar', 'أهلا'],
    ['fr', 'fr', 'Salut'],
    ['en-GB', 'en', 'Hi'],
    ['de', 'en', 'Hi'],
    [null, 'en', 'Hi'],
  ])('is for %s the one in %s', (wanted, language, text) => {
    expect(textIn(message, wanted)).toEqual({ language, text })
  })

  it('is the main one where its language is not known and there is no other', () => {
    const unnamed = { ...message, language: null }
    expect(textIn(unnamed, null)).toEqual({ language: null, text: 'Hi' })
    expect(textIn(unnamed, 'ar')).toEqual({ language: 'ar', text: 'أهلا' })
    expect(textIn({ ...unnamed, variants: {} }, 'constructor')).toEqual({ language: null, text: 'Hi' })
  })
})

describe('a language tag', () => {
  it.each([
    ['AR-eg', 'ar-EG'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['iw', 'he'],
    ['arabic', undefined],
    ['en_GB', undefined],
    ['en-', undefined],
    ['', undefined],
    ['constructor', undefined],
  ])('%j is written %s', (tag, expected) => {
    expect(canonicalLanguage(tag)).toBe(expected)
  })
})
