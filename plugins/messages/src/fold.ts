const marks = /[\p{M}\u0640]/gu
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
}
const variants = new RegExp(`[${Object.keys(letters).join('')}]`, 'gu')
const digits = /[\u0660-\u0669\u06f0-\u06f9]/gu

/**
 * A text as it is searched: without case, accents, Arabic vowel marks and tatweel, with one form of each Arabic letter and
 * European digits. The index on the disk is written in it: with a change of it, everything has to be indexed anew.
 * @example fold('مَرحَبًا ١٢') === fold('مرحبا 12')
 */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .replace(variants, (it) => letters[it]!)
    .normalize('NFKD')
    .replace(marks, '')
    .replace(digits, (it) => String(it.charCodeAt(0) & 0xf))
    .toLowerCase()
}
