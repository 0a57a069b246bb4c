const LONGEST = 200

// Line breaks, ESC and the other control characters, line separators, and the marks that turn the direction of text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text of others as it may stand in a line of a log or on a terminal: on one line, with nothing in it that acts. */
export function plain(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return short.replace(unsafe, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

export function plainOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : plain(text)
}
