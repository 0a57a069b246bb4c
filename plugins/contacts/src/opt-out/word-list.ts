import { fold } from '../fold.ts'
import { type ChoiceLanguage, type ChoiceWords, choiceWords } from './words.ts'

/** What a message says about hearing from us; `undefined` for anything else that people write. */
export type Choice = 'out' | 'in'

/** Longer messages are no such word, and are not looked at: the sender decides how long they are. */
const LONGEST = 200
const between = /[^\p{L}\p{M}\p{N}]+/gu

/** A message as it is compared: folded, without what stands around and between its words. */
export function foldWord(text: string): string {
  return fold(text).replace(between, ' ').trim()
}

export interface WordOptions extends Partial<ChoiceWords> {
  /** Languages whose words do not count. A word that another language has as well still does. */
  readonly without?: readonly ChoiceLanguage[]
}

/**
 * Reads choices out of messages: the whole message has to be the word. A word that one language opts out with opts out,
 * whatever it means elsewhere.
 * @example createWordList()('إلغاء!! 🙏') // 'out'
 */
export function createWordList({ without = [], ...more }: WordOptions = {}): (message: string) => Choice | undefined {
  const off = new Set<string>(without)
  const languages: ChoiceWords[] = Object.entries(choiceWords).flatMap(([it, words]) => (off.has(it) ? [] : [words]))
  const words = new Map<string, Choice>()
  const add = (choice: Choice, lists: readonly (readonly string[])[]) => {
    for (const word of lists.flat().map(foldWord)) if (word !== '') words.set(word, choice)
  }
  add(
    'in',
    languages.map((it) => it.in),
  )
  add(
    'out',
    languages.map((it) => it.out),
  )
  add('in', [more.in ?? []])
  add('out', [more.out ?? []])
  return (message) => (message.length > LONGEST ? undefined : words.get(foldWord(message)))
}
