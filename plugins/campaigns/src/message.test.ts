import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CompiledMessage, type StoredVariant } from './message.ts'

const chatId = '201001234567@c.us'
const variant = (text: string, more: Partial<StoredVariant> = {}): StoredVariant => ({
  name: 'A',
  share: 1,
  text,
  language: null,
  languages: {},
  media: null,
  ...more,
})
const message = (text: string, variables = {}, more: Partial<StoredVariant> = {}) =>
  new CompiledMessage({ variants: [variant(text, more)] }, variables)

describe('variables', () => {
  it('come from the recipient, then from the campaign, then from the contact', () => {
    const it = message('{{a}} {{b}} {{c}}', { a: 'campaign', b: 'campaign' })
    const payload = { v: { a: 'own' }, c: { a: 'contact', b: 'contact', c: 'contact' } }
    expect(it.render(0, chatId, payload)).toBe('own campaign contact')
    expect(it.missing(0, chatId, payload)).toEqual([])
  })

  it('always have the number, and a name that may be empty', () => {
    expect(message('{{phone}}[{{name}}]').render(0, chatId, {})).toBe('+201001234567[]')
    expect(message('{{phone}}[{{name}}]').missing(0, chatId, {})).toEqual([])
    expect(message('{{phone}}').render(0, chatId, { v: { phone: 'mine' } })).toBe('mine')
  })

  it('are missed where there is neither a value nor a default, an empty value included', () => {
    const it = message('{{city}} {{street|somewhere}} {{__proto__}} {{constructor}}')
    expect(it.missing(0, chatId, {})).toEqual(['city', '__proto__', 'constructor'])
    expect(it.missing(0, chatId, { v: { city: '' } })).toContain('city')
  })

  it('may have the names that objects have, when somebody gives them', () => {
    const own = JSON.parse('{"__proto__":"a","constructor":"b"}')
    const it = message('{{__proto__}} {{constructor}}')
    expect(it.missing(0, chatId, { v: own })).toEqual([])
    expect(it.render(0, chatId, { v: own })).toBe('a b')
  })

  it('are not looked at again', () => {
    expect(message('{{a}}', { b: 'secret' }).render(0, chatId, { v: { a: '{{b}}' } })).toBe('{{b}}')
  })
})

describe('languages', () => {
  const multilingual = message('Hello {{name}}', {}, { languages: { ar: 'أهلا {{who}}', 'en-GB': 'Hullo' } })

  it.each([
    ['ar', 'ar'],
    ['ar-EG', 'ar'],
    ['en-GB', 'en-GB'],
    ['en', null],
    ['fr', null],
    [undefined, null],
    ['__proto__', null],
  ])('give a person of %s the text of %s', (wanted, chosen) => {
    expect(multilingual.choose(0, wanted).language).toBe(chosen)
  })

  it('need the variables of the text that is chosen, and no others', () => {
    expect(multilingual.missing(0, chatId, { l: 'ar' })).toEqual(['who'])
    expect(multilingual.missing(0, chatId, { l: 'fr' })).toEqual([])
    expect(multilingual.render(0, chatId, { l: 'ar-SA', v: { who: 'منى' } })).toBe('أهلا منى')
  })

  it('do not take the main text from those whose language it is written in', () => {
    const egyptian = message('ازيك', {}, { language: 'ar-EG', languages: { ar: 'كيف حالك' } })
    expect(egyptian.render(0, chatId, { l: 'ar-EG' })).toBe('ازيك')
    expect(egyptian.render(0, chatId, { l: 'ar-SA' })).toBe('كيف حالك')
  })
})

describe('variants', () => {
  const split = new CompiledMessage(
    {
      variants: [
        variant('one', { share: 1 }),
        variant('two', { name: 'B', share: 3 }),
        variant('three', { name: 'C', share: 6 }),
      ],
    },
    {},
  )

  it('go to the same people whenever one asks', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (campaign, chat) => {
        const part = split.partOf(campaign, chat)
        expect(part).toBeGreaterThanOrEqual(0)
        expect(split.partOf(campaign, chat)).toBe(part)
      }),
    )
  })

  it('are split by their shares, and anew for each campaign', () => {
    const parts = (campaign: string) =>
      Array.from({ length: 10_000 }, (_, i) => split.partOf(campaign, `2010${i}@c.us`))
    const counts = [0, 1, 2].map((part) => parts('cmp_1').filter((it) => it === part).length)
    // Hashes of fixed texts: the figures are the same on every machine.
    for (const [part, share] of [0.1, 0.3, 0.6].entries()) expect(counts[part]! / 10_000).toBeCloseTo(share, 1)
    const [first, second] = [parts('cmp_1'), parts('cmp_2')]
    expect(first.filter((it, i) => it !== second[i]).length).toBeGreaterThan(1_000)
  })

  it('are told apart by nothing where there is one', () => {
    expect(message('Hi').partOf('cmp_1', chatId)).toBe(0)
  })
})
