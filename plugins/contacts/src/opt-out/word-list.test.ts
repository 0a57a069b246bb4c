import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWordList, foldWord } from './word-list.ts'
import { choiceWords } from './words.ts'

const choiceOf = createWordList()
const all = Object.values(choiceWords)

describe('the words', () => {
  it('are there for at least twenty languages, and every one of them is recognised as what it is', () => {
    expect(all.length).toBeGreaterThanOrEqual(20)
    for (const words of all) {
      expect(words.out.map(choiceOf)).toEqual(words.out.map(() => 'out'))
      expect(words.in.map(choiceOf)).toEqual(words.in.map(() => 'in'))
    }
  })

  it('hold those that the documentation promises', () => {
    const promised = 'STOP UNSUBSCRIBE الغاء إلغاء توقف BAJA PARAR SAIR ARRÊT STOPP'.split(' ')
    expect(promised.map(choiceOf)).toEqual(promised.map(() => 'out'))
  })
})

describe('a message', () => {
  it.each([
    'stop',
    '  Stop!!! ',
    'ＳＴＯＰ',
    '🛑 STOP 🛑️',
    '*stop*',
    '"Stop."',
    '\u200fstop\u200e',
    'opt-out',
    'OPT  OUT',
    'arret',
    'DÉSABONNER',
    'إِلْغَاء',
    'الغـــاء',
    'ألغاء',
    'إلغاء الإشتراك',
    'إيقاف؟',
    'توقّف',
    'İPTAL',
    'ıptal',
    'बंद करें।',
    '退订。',
    'ΔΙΑΚΟΠΗ',
    'ОТПИСАТЬСЯ',
  ])('%s opts out', (message) => {
    expect(choiceOf(message)).toBe('out')
  })

  it.each(['START', 'start!', 'اشتراك', 'إشتراك 🙏', 'Alta', 'подписаться'])('%s opts in', (message) => {
    expect(choiceOf(message)).toBe('in')
  })

  it.each([
    '',
    '🛑',
    '...',
    'please do not stop',
    'stop it, I love it',
    'bus stop',
    'stopping',
    'لا توقف الطلب من فضلك',
    'constructor',
    '__proto__',
    'toString',
    `stop ${'!'.repeat(1_000)}`,
  ])('%s says nothing', (message) => {
    expect(choiceOf(message)).toBeUndefined()
  })

  it('is the whole word whatever stands around it, and never part of a sentence', () => {
    const noise = fc.string({ unit: fc.constantFrom('.', '!', ' ', '🙏', '\u200f', '*', '\n', '؟', '️'), maxLength: 8 })
    fc.assert(
      fc.property(fc.constantFrom(...all.flatMap((it) => [...it.out])), noise, noise, (word, before, after) => {
        expect(choiceOf(`${before}${word}${after}`)).toBe('out')
        expect(choiceOf(`${before}${word.toUpperCase()}${after}`)).toBe('out')
        expect(choiceOf(`zzz ${word}`)).toBeUndefined()
      }),
    )
  })

  it('may be anything at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 250 }), (text) => {
        expect(['out', 'in', undefined]).toContain(choiceOf(text))
        expect(foldWord(foldWord(text))).toBe(foldWord(text))
      }),
    )
  })
})

describe('an operator', () => {
  it('adds words, and what was added wins', () => {
    const own = createWordList({ out: ['٠', 'enough!'], in: ['Weiter', 'cancel'] })
    expect(['0', '٠', 'ENOUGH', 'weiter', 'cancel', 'stop'].map(own)).toEqual(['out', 'out', 'out', 'in', 'in', 'out'])
  })

  it('switches languages off', () => {
    const own = createWordList({ without: ['es', 'pt'] })
    expect(own('baja')).toBeUndefined()
    expect(own('sair')).toBeUndefined()
    expect(own('stop')).toBe('out')
  })
})
