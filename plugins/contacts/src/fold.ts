// Accents of European scripts, Hebrew points, Arabic vowel marks, tatweel. The vowel signs of Indic scripts are letters of
// their words and stay.
const marks = /[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]/gu
// What is not seen: joiners, direction marks, the choosing of an emoji's look.
const unseen = /\p{Cf}|\u20e3|[\ufe00-\ufe0f]/gu
const letters: Readonly<Record<string, string>> = {
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
  ى: 'ي',
  ی: 'ي',
  ة: 'ه',
  ک: 'ك',
  ؤ: 'و',
  ئ: 'ي',
  ı: 'i',
  ς: 'σ',
}
const variants = new RegExp(`[${Object.keys(letters).join('')}]`, 'gu')
const ascii = /^[\0-\x7f]*$/
const digits = /[\u0660-\u0669\u06f0-\u06f9]/gu

/**
 * A text without case, accents, Arabic vowel marks and tatweel, with one form of each Arabic letter and European digits.
 *
 * Messages are searched by a folding of their own on purpose. A search may find too much, and drops the vowel signs of Indic
 * scripts; here two words that differ in one would be taken for the same wish. And what each folding made lies on the disk,
 * as names of contacts and as the index of messages, so neither can take over the other's rules.
 * @example fold('إلغَـاء') === fold('الغاء')
 */
export function fold(text: string): string {
  if (ascii.test(text)) return text.toLowerCase()
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(variants, (it) => letters[it]!)
    .normalize('NFKD')
    .replace(marks, '')
    .replace(unseen, '')
    .normalize('NFC')
    .replace(digits, (it) => String(it.charCodeAt(0) & 0xf))
}
